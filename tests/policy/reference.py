"""A second evaluator, slow and literal, written from the norm alone.

It shares no code with `lodekey.policy`: it reads the JSON texts of the policies anew, matches
wildcards character by character, and walks every statement of every policy. Where it and the
engine differ, one of them misreads the norm.

The numbers in brackets are sections of docs/explanation/decisions.md.
"""

import base64
import datetime as dt
import ipaddress
import json
import re
from fractions import Fraction

SWITCHES_ON = {
    "deny-attribution-scp-first",
    "implicit-deny-blame-session-first",
    "variable-wildcards-are-literal",
    "source-function-arn-hidden-from-resource-policies",
    "grant-to-role-is-cut-by-boundary",
    "grant-across-accounts-needs-identity",
    "source-function-arn-survives-forwarding",
}


class Error(Exception):
    """A comparison that cannot be made."""


def reference(ask, guard, on=SWITCHES_ON):
    """(allowed, explicit, policy type, policy, sid)."""
    return _Evaluation(ask, guard, on).run()


class _Evaluation:
    def __init__(self, ask, guard, on):
        self.ask, self.caller, self.guard, self.on = ask, ask.caller, guard, on
        self.keys = dict(ask.keys())

    # --- [2] order ------------------------------------------------------------------------

    def run(self):
        if self.ask.action == "sts:GetCallerIdentity":
            return (True, False, "", "", "")
        denies = [
            (kind, document.name, sid(index, statement))
            for kind, document in self.everything()
            for index, statement in statements_of(document)
            if statement["Effect"] == "Deny"
            and self.reaches(document, statement, denying=True)
            and self.matches(document, statement)
        ]
        if denies:
            first = "deny-attribution-scp-first" in self.on
            return (False, True, *(denies[0] if first else denies[-1]))
        return self.combine()

    def everything(self):
        """Every policy with its type, in the order in which a deny is attributed."""
        caller, guard = self.caller, self.guard
        found = [("scp", each) for level in caller.scps for each in level]
        found += [("rcp", each) for level in guard.rcps for each in level]
        found += [("endpoint", guard.endpoint)] if guard.endpoint else []
        found += [("resource", guard.policy)] if guard.policy else []
        found += [("identity", each) for each in caller.identity]
        found += [("boundary", caller.boundary)] if caller.boundary else []
        return found + [("session", each) for each in caller.session or ()]

    def allowing(self, documents):
        """The first Allow that matches in policies without principals, or None."""
        for document in documents:
            for index, statement in statements_of(document):
                if statement["Effect"] == "Allow" and self.matches(document, statement):
                    return document.name, sid(index, statement)
        return None

    # --- [3] combining --------------------------------------------------------------------

    def combine(self):
        caller, guard, ask = self.caller, self.guard, self.ask
        scp = all(self.allowing(level) for level in caller.scps)
        endpoint = guard.endpoint is None or self.named_by(guard.endpoint)[0] != ""
        how, by = self.named_by(guard.policy) if guard.policy else ("", None)
        if guard.managed and "aws-managed-key-needs-identity" in self.on:
            how = how and "account"
        how, by = self.grants(how, by and ("resource", *by))
        identity = self.allowing(caller.identity)
        boundary = caller.boundary is None or bool(self.allowing([caller.boundary]))
        session = caller.session is None or bool(self.allowing(caller.session))
        has_identity = caller.kind == "root" or identity is not None
        same = ask.account in (caller.account, "aws")
        trusting = guard.style in ("key", "trust")
        lacking = set()

        if caller.kind in ("service", "anonymous"):
            ok = how == "direct"
            winner = by
            lacking = set() if ok else {"resource"}
        elif same:
            direct = how == "direct"
            role = how == "role" and boundary and session
            account = how == "account" or not trusting
            through_identity = has_identity and boundary and session and account
            ok = direct or role or through_identity
            winner = by if direct or role else (identity and ("identity", *identity))
            winner = winner or ("root", "", "")
            if not ok:
                lacking |= set() if session else {"session"}
                lacking |= set() if boundary else {"boundary"}
                if how != "role":
                    lacking |= {"resource"} if trusting and how == "" else set()
                    lacking |= set() if has_identity else {"identity"}
        else:
            resource = how != "" and guard.shareable
            free = by is not None and by[0] == "grant"
            free = free and "grant-across-accounts-needs-identity" not in self.on
            ok = resource and (has_identity or free) and boundary and session
            winner = by
            lacking |= set() if session else {"session"}
            lacking |= set() if boundary else {"boundary"}
            lacking |= set() if resource else {"resource"}
            lacking |= set() if has_identity or free else {"identity"}

        lacking |= set() if scp else {"scp"}
        lacking |= set() if endpoint else {"endpoint"}
        if ok and scp and endpoint:
            return (True, False, *winner)
        order = ["session", "boundary", "scp", "endpoint", "resource", "identity"]
        if "implicit-deny-blame-session-first" not in self.on:
            order.reverse()
        return (False, False, next(each for each in order if each in lacking), "", "")

    def named_by(self, document):
        """How closely an Allow of a policy on a resource means the caller, and by which one."""
        best, by = "", None
        rank = ["", "account", "role", "direct"]
        for index, statement in statements_of(document):
            if statement["Effect"] != "Allow" or not self.matches(document, statement):
                continue
            how = self.allowed_as(statement)
            if rank.index(how) > rank.index(best):
                best, by = how, (document.name, sid(index, statement))
        return best, by

    def grants(self, how, by):
        rank = ["", "account", "role", "direct"]
        caller = self.caller
        for grant in self.guard.grants if how != "direct" else ():
            if self.ask.action.lower() not in grant.actions or not grant.holds(self.keys):
                continue
            if grant.grantees & caller.direct:
                means = "direct"
            elif grant.grantees & caller.entity:
                cut = "grant-to-role-is-cut-by-boundary" in self.on
                means = "role" if cut else "direct"
            elif caller.account and grant.grantees & {
                caller.account,
                f"arn:aws:iam::{caller.account}:root",
            }:
                means = "account"
            else:
                continue
            if rank.index(means) > rank.index(how):
                how, by = means, ("grant", grant.name, "")
        return how, by

    # --- principals -----------------------------------------------------------------------

    def means(self, element):
        """How a Principal or NotPrincipal element names the caller."""
        caller = self.caller
        if not isinstance(element, dict):
            element = {"AWS": element}
        lists = {kind: listed(names) for kind, names in element.items()}
        aws = lists.get("AWS", [])
        if "*" in aws:
            return "direct"
        if caller.kind == "service":
            names = lists.get("Service", [])
            return "direct" if "*" in names or caller.direct & set(names) else ""
        if caller.direct & set(aws):
            return "direct"
        if caller.federated and {"*", caller.federated} & set(lists.get("Federated", [])):
            return "direct"
        if caller.entity & set(aws):
            return "role"
        for name in aws:
            if caller.account and re.fullmatch(
                rf"(arn:[^:]*:iam::)?{caller.account}(:root)?", name
            ):
                return "account"
        return ""

    def reaches(self, document, statement, *, denying):
        if document.kind not in ("resource", "key", "trust", "rcp", "endpoint"):
            return True
        if "NotPrincipal" not in statement:
            return self.means(statement.get("Principal", [])) != ""
        how = self.means(statement["NotPrincipal"])
        if denying and self.caller.boundary is not None:
            return True
        own = how in ("direct", "role") or (how == "account" and self.caller.kind == "root")
        return not own

    def allowed_as(self, statement):
        if "NotPrincipal" not in statement:
            return self.means(statement.get("Principal", []))
        return "direct" if self.means(statement["NotPrincipal"]) == "" else ""

    # --- [4] statement match --------------------------------------------------------------

    def matches(self, document, statement):
        variables = json.loads(document.text).get("Version") == "2012-10-17"
        keys = dict(self.keys)
        if (
            document.kind in ("resource", "key", "trust")
            and "source-function-arn-hidden-from-resource-policies" in self.on
        ):
            keys.pop("lambda:sourcefunctionarn", None)
        forwarded = keys.get("aws:viaawsservice") == "true"
        if forwarded and "source-function-arn-survives-forwarding" not in self.on:
            keys.pop("lambda:sourcefunctionarn", None)
        return (
            self.action(statement)
            and self.resource(document, statement, keys, variables=variables)
            and all(
                self.condition(operator, key, listed(values), keys, variables=variables)
                for operator, tests in (statement.get("Condition") or {}).items()
                for key, values in tests.items()
            )
        )

    def action(self, statement):
        if "NotAction" in statement:
            return not any(self.is_action(each) for each in listed(statement["NotAction"]))
        return any(self.is_action(each) for each in listed(statement.get("Action", [])))

    def is_action(self, pattern):
        if pattern == "*":
            return True
        if ":" not in pattern or re.search(r"[*?]", pattern.split(":")[0]):
            return False
        return glob(plain(pattern.lower()), self.ask.action.lower())

    def resource(self, document, statement, keys, *, variables):
        name = "NotResource" if "NotResource" in statement else "Resource"
        if name not in statement:
            return document.kind == "trust"
        expand = document.kind in ("identity", "boundary", "session")
        found = unresolved = False
        for pattern in listed(statement[name]):
            try:
                text = self.substituted(pattern, keys) if variables else plain(pattern)
            except Error:
                unresolved = True
                continue
            found = found or is_resource(text, self.ask.resource, expand=expand)
        return found if name == "Resource" else not found and not unresolved

    def substituted(self, text, keys):
        """The characters of a text, each with whether it may be a wildcard."""
        out, rest = [], text
        while (start := rest.find("${")) >= 0 and (end := rest.find("}", start)) >= 0:
            out += plain(rest[:start])
            inside, rest = rest[start + 2 : end], rest[end + 1 :]
            if inside.strip() in ("*", "?", "$"):
                out.append((inside.strip(), False))
                continue
            default = re.fullmatch(r"\s*([^,]*?)\s*,\s*'([^']*)'\s*", inside, re.DOTALL)
            key = default[1] if default else inside.strip()
            value = keys.get(key.lower())
            if not isinstance(value, str):
                value = default[2] if default else None
            if value is None:
                raise Error(key)
            literal = "variable-wildcards-are-literal" in self.on
            out += [(each, not literal) for each in value]
        return out + plain(rest)

    # --- [5] conditions -------------------------------------------------------------------

    def condition(self, name, key, wanted, keys, *, variables):
        value = keys.get(key.lower())
        missing = value is None or value == () or value == []
        if name == "Null":
            return any(
                each.lower() == ("true" if missing else "false") for each in map(word, wanted)
            )
        among, _, operator = name.rpartition(":")
        if_exists = operator.endswith("IfExists")
        operator = operator.removesuffix("IfExists")
        if among not in ("", "ForAllValues", "ForAnyValue") or operator not in COMPARISONS:
            return False
        compare, negated, with_variables = COMPARISONS[operator]
        if missing:
            if if_exists or among == "ForAllValues":
                return True
            return negated and among == ""
        several = not isinstance(value, str)
        if several and not among:
            return False

        def passes(got):
            answers = []
            for each in map(word, wanted):
                try:
                    text = (
                        self.substituted(each, keys)
                        if variables and with_variables
                        else plain(each)
                    )
                    answers.append(compare(got, text))
                except Error:
                    answers.append("error")
            if negated:
                return all(answer is False for answer in answers)
            return any(answer is True for answer in answers)

        got = list(value) if several else [value]
        if among == "ForAllValues":
            return all(passes(each) for each in got)
        return any(passes(each) for each in got)


# --- JSON --------------------------------------------------------------------------------------


def statements_of(document):
    body = json.loads(document.text)["Statement"]
    return list(enumerate(body if isinstance(body, list) else [body]))


def sid(index, statement):
    return statement.get("Sid") or f"#{index + 1}"


def listed(value):
    return value if isinstance(value, list) else [value]


def word(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


# --- wildcards ---------------------------------------------------------------------------------


def plain(text):
    return [(each, True) for each in text]


def text_of(tokens):
    return "".join(each for each, _ in tokens)


def glob(tokens, text):
    """Whether tokens match the whole of a text; every wildcard matches anything."""
    return _walk([(each, wild, True) for each, wild in tokens], text)


def _walk(tokens, text):
    """Positions of the text that can be reached, token by token.

    A token is a character, whether it may be a wildcard, and whether that crosses colons.
    """
    reached = {0}
    for char, wild, crosses in tokens:
        onward = set()
        for at in reached:
            if wild and char == "*":
                end = at
                onward.add(end)
                while end < len(text) and (crosses or text[end] != ":"):
                    end += 1
                    onward.add(end)
            elif at < len(text):
                fits = (crosses or text[at] != ":") if wild and char == "?" else text[at] == char
                if fits:
                    onward.add(at + 1)
        reached = onward
    return len(text) in reached


def parts_of(tokens):
    parts = [[]]
    for char, wild in tokens:
        if char == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append((char, wild))
    return parts


def is_resource(tokens, resource, *, expand):
    wild_star = ("*", True)
    if tokens and all(each == wild_star for each in tokens):
        return True
    parts = parts_of(tokens)
    if len(parts) < 6 and tokens[-1:] != [wild_star]:
        if not expand or not text_of(tokens).startswith("arn:"):
            return False
        parts += [[wild_star]] * (6 - len(parts))
    out = []
    for number, part in enumerate(parts):
        last = number == 5
        out += [(":", False, False)] if number else []
        for at, (char, wild) in enumerate(part):
            ends = char == "*" and at == len(part) - 1
            out.append((char, wild, last or ends))
    return _walk(out, resource)


def is_arn_like(got, tokens):
    if text_of(tokens) == "*" and tokens[0][1]:
        return True
    parts = parts_of(tokens)
    if len(parts) < 6:
        return False
    out = []
    for number, part in enumerate(parts):
        out += [(":", False, False)] if number else []
        out += [(char, wild, number == 5) for char, wild in part]
    return _walk(out, got)


# --- comparisons -------------------------------------------------------------------------------


def number(text):
    if len(text) > 64 or not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", text):
        raise Error(text)
    return Fraction(text if not text.endswith(".") else text + "0")


def moment(text):
    if re.fullmatch(r"[0-9]{5,15}(\.[0-9]{1,9})?", text):
        seconds = Fraction(text)
        return seconds / 1000 if seconds >= 10**11 else seconds
    zone = dt.timedelta()
    fraction = Fraction(0)
    if match := re.fullmatch(r"(.*T.*?)([+-])([0-9]{2}):?([0-9]{2})", text):
        text = match[1]
        zone = dt.timedelta(hours=int(match[3]), minutes=int(match[4]))
        zone = -zone if match[2] == "-" else zone
        if abs(zone) >= dt.timedelta(days=1) or int(match[4]) > 59:
            raise Error(text)
    elif text.endswith("Z") and "T" in text:
        text = text[:-1]
    if match := re.fullmatch(r"(.*T..:..:..)\.([0-9]{1,9})", text):
        text, fraction = match[1], Fraction("0." + match[2])
    for form, pattern in (
        ("%Y", r"[0-9]{4}"),
        ("%Y-%m", r"[0-9]{4}-[0-9]{2}"),
        ("%Y-%m-%d", r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        ("%Y-%m-%dT%H:%M", r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"),
        ("%Y-%m-%dT%H:%M:%S", r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"),
    ):
        if re.fullmatch(pattern, text):
            try:
                at = dt.datetime.strptime(text, form) - zone  # noqa: DTZ007
            except (ValueError, OverflowError) as error:
                raise Error(text) from error
            return Fraction(int((at - dt.datetime(1970, 1, 1)).total_seconds())) + fraction  # noqa: DTZ001
    raise Error(text)


def truth(text):
    if text.lower() not in ("true", "false"):
        raise Error(text)
    return text.lower() == "true"


def octets(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Error(text) from error


def network(text):
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Error(text) from error


def _inside(got, wanted):
    got, wanted = network(got), network(text_of(wanted))
    return got.version == wanted.version and got.subnet_of(wanted)


def _ordered(parse):
    return {
        "Equals": (lambda got, to: parse(got) == parse(text_of(to)), False, False),
        "NotEquals": (lambda got, to: parse(got) == parse(text_of(to)), True, False),
        "LessThan": (lambda got, to: parse(got) < parse(text_of(to)), False, False),
        "LessThanEquals": (lambda got, to: parse(got) <= parse(text_of(to)), False, False),
        "GreaterThan": (lambda got, to: parse(got) > parse(text_of(to)), False, False),
        "GreaterThanEquals": (lambda got, to: parse(got) >= parse(text_of(to)), False, False),
    }


def _same(got, to):
    return got == text_of(to)


def _same_ignoring_case(got, to):
    return got.lower() == text_of(to).lower()


def _like(got, to):
    return glob(to, got)


COMPARISONS = {
    "StringEquals": (_same, False, True),
    "StringNotEquals": (_same, True, True),
    "StringEqualsIgnoreCase": (_same_ignoring_case, False, True),
    "StringNotEqualsIgnoreCase": (_same_ignoring_case, True, True),
    "StringLike": (_like, False, True),
    "StringNotLike": (_like, True, True),
    "ArnEquals": (is_arn_like, False, True),
    "ArnLike": (is_arn_like, False, True),
    "ArnNotEquals": (is_arn_like, True, True),
    "ArnNotLike": (is_arn_like, True, True),
    **{f"Numeric{name}": each for name, each in _ordered(number).items()},
    **{f"Date{name}": each for name, each in _ordered(moment).items()},
    "Bool": (lambda got, to: truth(got) == truth(text_of(to)), False, True),
    "BinaryEquals": (lambda got, to: octets(got) == octets(text_of(to)), False, False),
    "IpAddress": (_inside, False, False),
    "NotIpAddress": (_inside, True, False),
}
