"""A second evaluator, slow and literal, written from the norm alone.

It shares no code with `lodekey.policy`: it reads the JSON texts of the policies anew, matches
wildcards character by character, and walks every statement of every policy. Where it and the
engine differ, one of them misreads the norm.

The numbers in brackets are sections of docs/explanation/decisions.md.
"""

import json
import re

from policy.reference_values import (
    COMPARISONS,
    Error,
    glob,
    is_resource,
    listed,
    plain,
    sid,
    statements_of,
    word,
)

SWITCHES_ON = {
    "deny-attribution-scp-first",
    "implicit-deny-blame-session-first",
    "variable-wildcards-are-literal",
    "source-function-arn-hidden-from-resource-policies",
    "grant-to-role-is-cut-by-boundary",
    "grant-across-accounts-needs-identity",
    "source-function-arn-survives-forwarding",
}


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
