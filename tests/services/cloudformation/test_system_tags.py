"""The tags that say of which stack a thing is: put on by CloudFormation, and by nobody else."""

from __future__ import annotations

from functools import partial

import pytest
from botocore.exceptions import ClientError

from services.cloudformation.stacking import TRUST, create, describe, failures, physical, update

TAGS = [{"Key": "own", "Value": "mine"}]
RESOURCES = {
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"Tags": TAGS}},
    "Parameter": {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": "one", "Tags": {"own": "mine"}},
    },
    "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Tags": TAGS}},
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST, "Tags": TAGS},
    },
    "User": {"Type": "AWS::IAM::User", "Properties": {"Tags": TAGS}},
    "Provider": {
        "Type": "AWS::IAM::OIDCProvider",
        "Properties": {"Url": "https://issuer.example.com", "Tags": TAGS},
    },
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": "def handler(event, context): return 1"},
            "Tags": TAGS,
        },
    },
    "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"Tags": TAGS}},
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": TAGS}},
}
NAME = "aws:cloudformation:stack-name"


def _listed(tags):
    return {each["Key"]: each["Value"] for each in tags}


def tags_of(world, logical):
    """A resource's tags, as its own service lists them."""
    name = physical(world, logical)
    if logical == "Key":
        tags = world.client("kms").list_resource_tags(KeyId=name)["Tags"]
        return {each["TagKey"]: each["TagValue"] for each in tags}
    if logical == "Parameter":
        ssm = world.client("ssm")
        return _listed(
            ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
        )
    if logical == "Secret":
        return _listed(world.client("secretsmanager").describe_secret(SecretId=name)["Tags"])
    if logical == "Function":
        return world.client("lambda").get_function(FunctionName=name)["Tags"]
    if logical == "Group":
        arn = f"arn:aws:logs:us-east-1:111122223333:log-group:{name}"
        return world.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]
    if logical == "Bucket":
        return _listed(world.client("s3").get_bucket_tagging(Bucket=name)["TagSet"])
    iam = world.client("iam")
    answers = {
        "Role": lambda: iam.list_role_tags(RoleName=name),
        "User": lambda: iam.list_user_tags(UserName=name),
        "Provider": lambda: iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=name),
    }
    return _listed(answers[logical]()["Tags"])


def untag(world, logical, *names):
    """Ask its service to take tags off a resource."""
    name = physical(world, logical)
    if logical == "Key":
        world.client("kms").untag_resource(KeyId=name, TagKeys=list(names))
    elif logical == "Parameter":
        world.client("ssm").remove_tags_from_resource(
            ResourceType="Parameter", ResourceId=name, TagKeys=list(names)
        )
    elif logical == "Secret":
        world.client("secretsmanager").untag_resource(SecretId=name, TagKeys=list(names))
    elif logical == "Function":
        arn = f"arn:aws:lambda:us-east-1:111122223333:function:{name}"
        world.client("lambda").untag_resource(Resource=arn, TagKeys=list(names))
    elif logical == "Group":
        arn = f"arn:aws:logs:us-east-1:111122223333:log-group:{name}"
        world.client("logs").untag_resource(resourceArn=arn, tagKeys=list(names))
    elif logical == "Bucket":
        left = {key: each for key, each in tags_of(world, logical).items() if key not in names}
        put_on_bucket(world, left)
    else:
        iam = world.client("iam")
        if logical == "Role":
            iam.untag_role(RoleName=name, TagKeys=list(names))
        elif logical == "User":
            iam.untag_user(UserName=name, TagKeys=list(names))
        else:
            iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=name, TagKeys=list(names))


def put_on_bucket(world, tags):
    tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
    world.client("s3").put_bucket_tagging(
        Bucket=physical(world, "Bucket"), Tagging={"TagSet": tag_set}
    )


def tag(world, logical, name, value):
    """Ask its service to put a tag on a resource."""
    thing = physical(world, logical)
    one = [{"Key": name, "Value": value}]
    if logical == "Key":
        kms = world.client("kms")
        kms.tag_resource(KeyId=thing, Tags=[{"TagKey": name, "TagValue": value}])
    elif logical == "Parameter":
        ssm = world.client("ssm")
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=thing, Tags=one)
    elif logical == "Secret":
        world.client("secretsmanager").tag_resource(SecretId=thing, Tags=one)
    elif logical == "Function":
        arn = f"arn:aws:lambda:us-east-1:111122223333:function:{thing}"
        world.client("lambda").tag_resource(Resource=arn, Tags={name: value})
    elif logical == "Group":
        arn = f"arn:aws:logs:us-east-1:111122223333:log-group:{thing}"
        world.client("logs").tag_resource(resourceArn=arn, tags={name: value})
    elif logical == "Bucket":
        put_on_bucket(world, {**tags_of(world, logical), name: value})
    else:
        iam = world.client("iam")
        if logical == "Role":
            iam.tag_role(RoleName=thing, Tags=one)
        elif logical == "User":
            iam.tag_user(UserName=thing, Tags=one)
        else:
            iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=thing, Tags=one)


@pytest.fixture(scope="module")
def tagged(shared_world):
    """A stack of everything that takes tags, itself tagged."""
    name = "tagged"
    stack = create(shared_world, RESOURCES, name, Tags=[{"Key": "team", "Value": "blue"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(shared_world, name)
    return stack


@pytest.fixture
def here(tagged, shared_world, monkeypatch):
    """The world, where the stack in question is that one."""
    monkeypatch.setattr(f"{__name__}.physical", partial(physical, name="tagged"))
    return shared_world


@pytest.mark.parametrize("logical", RESOURCES)
def test_a_thing_says_of_which_stack_it_is(here, tagged, logical):
    expected = {
        "own": "mine",
        "team": "blue",
        NAME: "tagged",
        "aws:cloudformation:stack-id": tagged["StackId"],
        "aws:cloudformation:logical-id": logical,
    }
    assert expected == tags_of(here, logical)


@pytest.mark.parametrize("logical", RESOURCES)
def test_nobody_else_changes_such_a_tag(here, logical):
    before = tags_of(here, logical)
    with pytest.raises(ClientError) as put:
        tag(here, logical, NAME, "other")
    with pytest.raises(ClientError) as more:
        tag(here, logical, "AWS:other", "x")
    with pytest.raises(ClientError) as taken:
        untag(here, logical, NAME)
    for refused in (put, more, taken):
        assert refused.value.response["Error"]["Code"] != "AccessDenied"
        said = refused.value.response["Error"]["Message"]
        assert "aws:" in said or "System tags" in said
    assert before == tags_of(here, logical)
    # the caller's own are theirs
    tag(here, logical, "more", "x")
    assert {**before, "more": "x"} == tags_of(here, logical)
    untag(here, logical, "more")
    assert before == tags_of(here, logical)


def test_they_stay_when_the_other_tags_change(world):
    create(world, RESOURCES, Tags=[{"Key": "team", "Value": "blue"}])
    other = {**RESOURCES, "Key": {"Type": "AWS::KMS::Key"}, "Bucket": {"Type": "AWS::S3::Bucket"}}
    stack = update(world, other, Tags=[{"Key": "team", "Value": "red"}])
    assert stack["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    for logical in RESOURCES:
        own = {} if logical in {"Key", "Bucket"} else {"own": "mine"}
        found = tags_of(world, logical)
        assert found.pop("team") == "red"
        assert found.pop(NAME) == "stack"
        assert found.pop("aws:cloudformation:logical-id") == logical
        assert found.pop("aws:cloudformation:stack-id") == stack["StackId"]
        assert own == found
    stack = update(world, other, Tags=[])
    assert stack["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    assert set(tags_of(world, "Bucket")) == {
        NAME,
        "aws:cloudformation:logical-id",
        "aws:cloudformation:stack-id",
    }


def test_they_cost_no_permission_and_carry_conditions(world):
    plain = {"Effect": "Allow", "Action": ["cloudformation:*", "kms:CreateKey"], "Resource": "*"}
    # who may tag nothing makes a key that is tagged
    stack = create(world, {"Key": {"Type": "AWS::KMS::Key"}}, as_=world.user("plain", [plain]))
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    # the caller's own tag takes the permission
    other = world.user("other", [plain])
    stack = create(world, {"Key": RESOURCES["Key"]}, "other", as_=other)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "kms:TagResource" in str(failures(world, "other"))

    def reader(name, stack):
        condition = {"StringEquals": {f"aws:ResourceTag/{NAME}": stack}}
        may = {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"}
        return world.client("kms", as_=world.user(name, [{**may, "Condition": condition}]))

    key = physical(world, "Key")
    assert reader("mine", "stack").describe_key(KeyId=key)["KeyMetadata"]["KeyId"] == key
    with pytest.raises(ClientError, match="no identity-based policy allows"):
        reader("theirs", "another").describe_key(KeyId=key)


def test_they_count_towards_no_quota(world):
    tags = [{"Key": f"k{number}", "Value": "x"} for number in range(50)]
    create(world, {"Key": {"Type": "AWS::KMS::Key", "Properties": {"Tags": tags}}})
    assert describe(world)["StackStatus"] == "CREATE_COMPLETE", failures(world)
    kms, key = world.client("kms"), physical(world, "Key")
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "k0", "TagValue": "y"}])
    with pytest.raises(ClientError, match="at most 50"):
        kms.tag_resource(KeyId=key, Tags=[{"TagKey": "k50", "TagValue": "y"}])


def test_nobody_makes_a_thing_with_such_a_tag(world):
    tags = [{"Key": NAME, "Value": "stack"}]
    calls = [
        lambda: world.client("kms").create_key(Tags=[{"TagKey": NAME, "TagValue": "stack"}]),
        lambda: world.client("ssm").put_parameter(Name="p", Value="v", Type="String", Tags=tags),
        lambda: world.client("secretsmanager").create_secret(Name="s", Tags=tags),
        lambda: world.client("iam").create_user(UserName="u", Tags=tags),
        lambda: world.client("logs").create_log_group(logGroupName="g", tags={NAME: "stack"}),
        lambda: world.client("cloudformation").create_stack(
            StackName="s", TemplateBody='{"Resources": {"K": {"Type": "AWS::KMS::Key"}}}', Tags=tags
        ),
    ]
    for call in calls:
        with pytest.raises(ClientError, match=r"aws:|System tags"):
            call()
