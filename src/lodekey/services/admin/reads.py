"""What one read of a value is: the calls that it takes, all of which must be allowed.

A secret is read by GetSecretValue together with the kms:Decrypt that Secrets Manager forwards; a
parameter by any of four calls, by any path above it; a key by whatever opens a ciphertext of it.
The nouns here are pure: who gathers them from the records is `lodekey.services.admin.find_reads`.

What a request may freely carry is told apart by name: the moment, the network and the second
factor are anybody's to choose; what the resource and the caller are is known; a key that belongs to
neither is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from lodekey.policy.ask import Ask, Caller, Guard, Keys, Switches
from lodekey.policy.document import Document, among
from lodekey.policy.names import ENTITY
from lodekey.policy.reach import Verdict
from lodekey.policy.switches import DEFAULT
from lodekey.policy.together import Part, Together, documents, together

NETWORK = (
    "aws:sourceip",
    "aws:vpcsourceip",
    "aws:sourcevpc",
    "aws:vpce",
)
MOMENT = (
    "aws:currenttime",
    "aws:epochtime",
    "aws:securetransport",
    "aws:useragent",
    "aws:referer",
)
SESSIONS = ("aws:multifactorauth", "aws:tokenissuetime")
ASSUMED = (
    *SESSIONS,
    "aws:sourceidentity",
    "aws:federatedprovider",
    "aws:principaltag/",
)
REQUESTS = ("aws:requesttag/", "aws:tagkeys")
SERVICE_LINKED = ":role/aws-service-role/"
SERVICES = frozenset({"kms", "secretsmanager", "ssm", "lambda", "iam", "s3", "logs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Somebody who may ask.

    Args:
        name: The ARN by which answers name it: a session has its role's.
        caller: The policies' view.
        known: The context keys that are known of any request of theirs.
        free: Prefixes of the keys that are theirs to vary.
        any_provider: Whether an identity provider's own keys may be carried.
        kind: ``root``, ``user``, ``role``, ``function`` (a session that Lambda handed to one),
            ``federated``, ``service`` or ``outsider``.
        function: The function of a function's session.
        role: Of a session, its role's ARN.
        user: Of a federated session, who begins it.
        present: Whether it is there now; else it is what somebody could become.
    """

    name: str
    caller: Caller
    known: Keys
    free: tuple[str, ...] = ()
    any_provider: bool = False
    kind: str = "user"
    function: str = ""
    role: str = ""
    user: str = ""
    present: bool = True

    @property
    def label(self) -> str:
        """How answers name it."""
        return f"{self.name} as {self.function}" if self.function else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a read or of a step.

    Args:
        action: The IAM action.
        resource: What it is asked on.
        account: Who owns that; empty: whoever asks.
        guard: The policies that hang on it.
        facts: The context keys that the resource and the call bring.
        free: Prefixes of keys that the request may vary.
        any_request: Whether any key of a service may be carried: for steps, which are not modelled
            member by member.
        via: The service that forwards it; empty: the caller makes it.
    """

    action: str
    resource: str
    account: str
    guard: Guard
    facts: Keys = field(default_factory=dict)
    free: tuple[str, ...] = ()
    any_request: bool = False
    via: str = ""

    def part(self, subject: Subject) -> Part:
        """The call as *subject* would make it."""
        known = {
            **subject.known,
            **self.facts,
            "aws:viaawsservice": "true" if self.via else "false",
        }
        account = self.account or subject.caller.account
        guard = self.guard
        if guard.rcps and SERVICE_LINKED in subject.name:
            guard = replace(guard, rcps=())
        if self.action.startswith("kms:") and subject.caller.account:
            known["kms:calleraccount"] = subject.caller.account
        return Part(
            ask=Ask(subject.caller, self.action, self.resource, account, lambda: known),
            guard=guard,
            may_carry=lambda key: key not in known and self._may_carry(key, subject),
            grants_known=not self.free and not self.any_request,
        )

    def _may_carry(self, key: str, subject: Subject) -> bool:
        if key.startswith(NETWORK):
            return not self.via
        if key.startswith((*MOMENT, *self.free, *subject.free)):
            return True
        service = key.partition(":")[0]
        if service in SERVICES or key.startswith(REQUESTS):
            return self.any_request
        return service != "aws" and subject.any_provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One way to the value.

    Args:
        name: In words.
        calls: Every call that it takes.
        account: The account whose principals alone have this way; empty: anybody has it.
    """

    name: str
    calls: tuple[Call, ...]
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether a subject can read, by the way that is easiest for them.

    Args:
        verdict: The best of all ways.
        read: That way; None for NEVER.
        found: What was found on it; None for NEVER.
        refusals: For NEVER, what refuses each way, in words.
    """

    subject: Subject
    verdict: Verdict
    read: Read | None = None
    found: Together | None = None
    refusals: tuple[str, ...] = ()

    @property
    def reads(self) -> bool:
        """Whether it counts as a reader: whoever is not excluded does."""
        return self.verdict is not Verdict.NEVER

    @property
    def reasons(self) -> tuple[str, ...]:
        """What lets each call through."""
        if self.read is None or self.found is None:
            return ()
        return tuple(
            f"{call.action}: {allowing(found.policy_type, found.policy, found.sid)}"
            for call, found in zip(self.read.calls, self.found.decisions, strict=False)
        )


RANK = (Verdict.ALWAYS, Verdict.CONDITIONAL, Verdict.UNKNOWN, Verdict.NEVER)


def standing(subject: Subject, reads: Iterable[Read], switches: Switches = DEFAULT) -> Standing:
    """Whether *subject* can read in any of the ways."""
    best = Standing(subject=subject, verdict=Verdict.NEVER)
    refusals: dict[str, None] = {}
    for read in reads:
        if read.account not in {"", subject.caller.account}:
            continue
        found = together([call.part(subject) for call in read.calls], switches)
        if found.verdict is Verdict.NEVER:
            refusals[_refusal(read, found)] = None
        elif RANK.index(found.verdict) < RANK.index(best.verdict):
            best = Standing(subject=subject, verdict=found.verdict, read=read, found=found)
            if found.verdict is Verdict.ALWAYS:
                break
    return best if best.reads else replace(best, refusals=tuple(refusals))


def possible(call: Call, subject: Subject) -> bool:
    """Whether nothing excludes that *subject* makes the call."""
    if _is_hopeless(call, subject.caller):
        return False
    return together([call.part(subject)]).verdict is not Verdict.NEVER


def _is_hopeless(call: Call, caller: Caller) -> bool:
    """Whether nothing allows the call, conditions or not: what most are, and quickly told."""
    guard = call.guard
    if caller.kind == "root" or guard.grants or guard.managed:
        return False
    if among(caller.identity, call.action)[1]:
        return False
    allowing = () if guard.policy is None else guard.policy.on(call.action)[1]
    return all(each.names is None or each.names.allows(caller) < ENTITY for each in allowing)


def allowing(policy_type: str, policy: str, sid: str) -> str:
    """What allows, in words."""
    if policy_type == "root":
        return "the root user has every permission in its account"
    if policy_type == "grant":
        return f"grant {policy}"
    return f"statement {sid} of {policy}"


def _refusal(read: Read, found: Together) -> str:
    """The core of a refusal: the statement that denies, or the type of policy that is silent."""
    (decision,), call = found.decisions, read.calls[found.refused]
    if decision.explicit:
        return f"{call.action}: statement {decision.sid} of {decision.policy} denies it"
    return f"{call.action} on {call.resource}: no {_TYPES[decision.policy_type]} allows it"


_TYPES = {
    "": "policy",
    "identity": "identity policy",
    "resource": "resource or key policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "scp": "service control policy",
    "rcp": "resource control policy",
    "endpoint": "VPC endpoint policy",
    "grant": "grant",
    "root": "root user",
}


def every_document(subjects: Iterable[Subject], calls: Iterable[Call]) -> set[Document]:
    """Every policy that has a say in the calls."""
    guards = [call.guard for call in calls]
    nobody = Caller(kind="anonymous", arn="", account="", direct=frozenset())
    found = {each for guard in guards for each in documents(nobody, guard)}
    for subject in subjects:
        found.update(documents(subject.caller, Guard()))
    return found


Mentions = Callable[[str], bool]


def mentions(found: Iterable[Document]) -> Mentions:
    """A test: whether any of the policies speaks of a word, in whatever case."""
    texts = [document.text.lower() for document in found]
    return lambda word: any(word.lower() in text for text in texts)
