"""What credentials cannot call whatever the policies say.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
"""

from __future__ import annotations

from lodekey.identity.principals import Principal

_OF_USERS_SESSIONS = frozenset({"AssumeRole", "GetCallerIdentity"})
_OF_FEDERATED = frozenset({"GetCallerIdentity"})


def may_call(principal: Principal, service: str, operation: str) -> bool:
    """Whether credentials of this sort are good for an operation at all.

    What GetFederationToken gives cannot call IAM, and of STS only GetCallerIdentity; what
    GetSessionToken gives cannot call IAM unless a second factor was shown, and of STS only
    AssumeRole and GetCallerIdentity. A role's session may call everything.
    """
    session = principal.session
    if session is None or service not in {"iam", "sts"} or principal.type == "AssumedRole":
        return True
    if principal.type == "FederatedUser":
        return service == "sts" and operation in _OF_FEDERATED
    if service == "iam":
        return session.mfa is not None
    return operation in _OF_USERS_SESSIONS
