"""Who there is: accounts, users, groups, roles, policies and access keys, as stored.

IAM's names are unique "regardless of case", so records are filed under the lower-case name and keep
the name as it was given. The service ``iam`` edits these records; everyone else reads them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from __future__ import annotations

import msgspec

from lodekey.policy.ask import Guard
from lodekey.store.port import Collection

NOT_SHARED = Guard(shareable=False)
"""IAM has no resource policies: nobody of another account is ever let in."""


class PasswordPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What an account asks of its users' console passwords; zero and None mean: not asked."""

    minimum_length: int = 6
    symbols: bool = False
    numbers: bool = False
    uppercase: bool = False
    lowercase: bool = False
    users_may_change: bool = False
    max_age: int = 0
    reuse_prevention: int = 0
    hard_expiry: bool | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account: what stands behind its root.

    Args:
        id: Twelve digits.
        created: Seconds since the epoch.
        alias: Its account alias; empty: none.
        access_keys: The ids of the root's own access keys.
        password_policy: None where the account has none.
    """

    id: str
    created: float
    alias: str = ""
    access_keys: tuple[str, ...] = ()
    password_policy: PasswordPolicy | None = None


class LoginProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A console password: only its hash, see `lodekey.identity.passwords`."""

    hash: str
    created: float
    reset_required: bool = False
    changed: float = 0.0
    former: tuple[str, ...] = ()


class User(msgspec.Struct, frozen=True, kw_only=True):
    """An IAM user.

    Args:
        id: Its unique id, ``AIDA…``: what policies remember of it.
        inline: The text of each inline policy by name.
        attached: The ARNs of attached managed policies, in order of attachment.
        groups: The groups' names.
        access_keys: The ids of its access keys.
        boundary: The ARN of its permissions boundary; empty: none.
    """

    account: str
    name: str
    id: str
    created: float
    path: str = "/"
    tags: dict[str, str] = {}
    inline: dict[str, str] = {}
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    access_keys: tuple[str, ...] = ()
    boundary: str = ""
    login: LoginProfile | None = None

    @property
    def arn(self) -> str:
        """``arn:aws:iam::111122223333:user/path/name``."""
        return f"arn:aws:iam::{self.account}:user{self.path}{self.name}"

    @property
    def guard(self) -> Guard:
        """What hangs on it as a resource: nothing."""
        return NOT_SHARED


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """An IAM group: policies for its members."""

    account: str
    name: str
    id: str
    created: float
    path: str = "/"
    inline: dict[str, str] = {}
    attached: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        """``arn:aws:iam::111122223333:group/path/name``."""
        return f"arn:aws:iam::{self.account}:group{self.path}{self.name}"

    @property
    def guard(self) -> Guard:
        """What hangs on it as a resource: nothing."""
        return NOT_SHARED

    @property
    def tags(self) -> dict[str, str]:
        """None: groups have no tags."""
        return {}


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """An IAM role.

    Args:
        id: Its unique id, ``AROA…``: what policies and sessions remember of it.
        trust: The trust policy as stored, its principals as unique ids; see
            `lodekey.identity.principals_in`.
        max_session: Seconds.
        service: For a service-linked role, the service it belongs to
            (``secretsmanager.amazonaws.com``); empty otherwise.
    """

    account: str
    name: str
    id: str
    created: float
    trust: str
    path: str = "/"
    description: str = ""
    max_session: int = 3600
    tags: dict[str, str] = {}
    inline: dict[str, str] = {}
    attached: tuple[str, ...] = ()
    boundary: str = ""
    service: str = ""

    @property
    def arn(self) -> str:
        """``arn:aws:iam::111122223333:role/path/name``."""
        return f"arn:aws:iam::{self.account}:role{self.path}{self.name}"

    @property
    def guard(self) -> Guard:
        """What hangs on it as a resource: nothing."""
        return NOT_SHARED

    def session_arn(self, session: str) -> str:
        """``arn:aws:sts::111122223333:assumed-role/name/session``: the path is left out."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{session}"


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a managed policy: ``v1`` and so on."""

    id: str
    text: str
    created: float


class ManagedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A customer managed policy, or one of AWS's own (account ``aws``).

    Args:
        next_version: The number of the version to come; numbers are never used again.
        updated: When a version was last made or chosen.
    """

    account: str
    name: str
    id: str
    created: float
    versions: tuple[PolicyVersion, ...]
    default_version: str = "v1"
    next_version: int = 2
    path: str = "/"
    description: str = ""
    tags: dict[str, str] = {}
    updated: float = 0.0

    @property
    def arn(self) -> str:
        """``arn:aws:iam::111122223333:policy/path/name``."""
        return f"arn:aws:iam::{self.account}:policy{self.path}{self.name}"

    @property
    def guard(self) -> Guard:
        """What hangs on it as a resource: nothing."""
        return NOT_SHARED

    @property
    def text(self) -> str:
        """The document of the default version."""
        return next(each.text for each in self.versions if each.id == self.default_version)


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """A long-term access key: of a user, or of the account's root where `user` is empty."""

    id: str
    secret: str
    account: str
    created: float
    user: str = ""
    active: bool = True


class InstanceProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A container for one role, which EC2 would hand to a machine."""

    account: str
    name: str
    id: str
    created: float
    path: str = "/"
    role: str = ""
    tags: dict[str, str] = {}

    @property
    def arn(self) -> str:
        """``arn:aws:iam::111122223333:instance-profile/path/name``."""
        return f"arn:aws:iam::{self.account}:instance-profile{self.path}{self.name}"

    @property
    def guard(self) -> Guard:
        """What hangs on it as a resource: nothing."""
        return NOT_SHARED


class OidcProvider(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID Connect identity provider.

    Args:
        url: The issuer without its scheme, as IAM shows it.
        jwks: The issuer's JSON Web Key Set, supplied beforehand: nothing is fetched. Empty: none.
    """

    account: str
    url: str
    created: float
    client_ids: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    jwks: str = ""

    @property
    def arn(self) -> str:
        """``arn:aws:iam::111122223333:oidc-provider/issuer.example``."""
        return f"arn:aws:iam::{self.account}:oidc-provider/{self.url}"

    @property
    def guard(self) -> Guard:
        """What hangs on it as a resource: nothing."""
        return NOT_SHARED


class MfaDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual MFA device: a shared secret that shows a new code every 30 seconds.

    Args:
        seed: The secret of RFC 6238, 20 bytes.
        user: The user it is enabled for; empty: nobody yet, or the root where `enabled` is set.
        enabled: Seconds since the epoch; None: not yet.
        last_step: The last time step whose code was taken; no code is taken twice.
    """

    account: str
    name: str
    seed: bytes
    created: float
    path: str = "/"
    user: str = ""
    enabled: float | None = None
    last_step: int = 0
    tags: dict[str, str] = {}

    @property
    def arn(self) -> str:
        """``arn:aws:iam::111122223333:mfa/path/name``: its serial number, too."""
        return f"arn:aws:iam::{self.account}:mfa{self.path}{self.name}"

    @property
    def guard(self) -> Guard:
        """What hangs on it as a resource: nothing."""
        return NOT_SHARED


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What a unique id means: a ``user`` or ``role`` (and so on) of an account."""

    kind: str
    account: str
    name: str


class KeyUse(msgspec.Struct, frozen=True, kw_only=True):
    """When, where and for which service an access key or a role was last used."""

    at: float
    region: str
    service: str


ACCOUNTS = Collection("iam/account", Account)
"""By account id."""
ALIASES = Collection("iam/account-alias", Named)
"""By account alias, which is unique over all accounts."""
USERS = Collection("iam/user", User)
"""By account and lower-case name; so are GROUPS, ROLES, INSTANCE_PROFILES."""
GROUPS = Collection("iam/group", Group)
ROLES = Collection("iam/role", Role)
POLICIES = Collection("iam/policy", ManagedPolicy)
"""By account and lower-case name; AWS's own are in `lodekey.identity.aws_managed`."""
INSTANCE_PROFILES = Collection("iam/instance-profile", InstanceProfile)
OIDC_PROVIDERS = Collection("iam/oidc-provider", OidcProvider)
"""By account and url."""
MFA_DEVICES = Collection("iam/mfa-device", MfaDevice)
"""By account and lower-case name."""
ACCESS_KEYS = Collection("iam/access-key", AccessKey)
"""By access key id."""
UNIQUE_IDS = Collection("iam/unique-id", Named)
"""By unique id; an entry goes when its entity goes."""
KEY_USES = Collection("iam/last-used", KeyUse)
"""By access key id or role id; apart, so that no read writes a hot record."""


def root_arn(account: str) -> str:
    """The ARN of an account's root, which is also the account's own name in policies."""
    return f"arn:aws:iam::{account}:root"
