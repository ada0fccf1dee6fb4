"""OpenID Connect identity providers: whose tokens roles may trust.

AWS fetches an issuer's keys; this server fetches nothing. They are supplied by the operator, see
`lodekey.identity.issuer_keys`.
"""

from __future__ import annotations

from typing import TypedDict, TypeVar
from urllib.parse import urlsplit

from msgspec.structs import replace

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import NOT_SHARED, OIDC_PROVIDERS, OidcProvider
from lodekey.services.iam.errors import (
    EntityAlreadyExistsException,
    InvalidInputException,
    NoSuchEntityException,
)
from lodekey.services.iam.finding import everything
from lodekey.services.iam.keys import of_tags
from lodekey.services.iam.quotas import CLIENT_IDS_PER_PROVIDER, must_fit
from lodekey.services.iam.quotas import OIDC_PROVIDERS as MOST
from lodekey.services.iam.shapes import (
    AddClientIDToOpenIDConnectProviderRequest,
    CreateOpenIDConnectProviderRequest,
    CreateOpenIDConnectProviderResponse,
    DeleteOpenIDConnectProviderRequest,
    GetOpenIDConnectProviderRequest,
    GetOpenIDConnectProviderResponse,
    ListOpenIDConnectProvidersRequest,
    ListOpenIDConnectProvidersResponse,
    RemoveClientIDFromOpenIDConnectProviderRequest,
    UpdateOpenIDConnectProviderThumbprintRequest,
)
from lodekey.services.iam.tags import shown_tags, tags_given
from lodekey.store.port import Transaction
from lodekey.system_tags import with_system_tags

MOST_THUMBPRINTS = 5


class NamesProvider(TypedDict):
    """A request about an OIDC provider."""

    OpenIDConnectProviderArn: str


N = TypeVar("N", bound=NamesProvider)


def provider_named(ctx: Context, request: N) -> OidcProvider:
    """The provider that the request names."""
    arn = request["OpenIDConnectProviderArn"]
    found = OIDC_PROVIDERS.get(ctx.tx, ctx.account, arn.partition(":oidc-provider/")[2])
    if found is None or found.arn != arn:
        error = NoSuchEntityException(f"OpenIDConnect Provider not found for arn {arn}")
        raise Missing(arn, error)
    return found


def new_provider(ctx: Context, request: CreateOpenIDConnectProviderRequest) -> Bare:
    """The provider to be."""
    arn = f"arn:aws:iam::{ctx.account}:oidc-provider/{issuer_in(request['Url'])}"
    return Bare(arn, ctx.account, NOT_SHARED)


def issuer_in(url: str) -> str:
    """An issuer's URL without its scheme, as ARNs and condition keys have it.

    Raises:
        InvalidInputException: the URL is none that an issuer may have.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.port is not None:
        raise InvalidInputException("Invalid Open ID Connect Provider URL")
    if parts.query or parts.fragment or parts.username is not None:
        raise InvalidInputException("Invalid Open ID Connect Provider URL")
    return f"{parts.hostname}{parts.path}".rstrip("/")


def save_provider(tx: Transaction, provider: OidcProvider) -> None:
    """File a provider."""
    OIDC_PROVIDERS.put(tx, provider.account, provider.url, record=provider)


@operation(
    "iam:CreateOpenIDConnectProvider",
    on=new_provider,
    keys=of_tags,
    writes=True,
    also=("iam:TagOpenIDConnectProvider",),
    ignores=("ContextProvider", "IdentityCenterInstanceArn"),
)
def create_open_id_connect_provider(
    ctx: Context, request: CreateOpenIDConnectProviderRequest, name: Bare
) -> CreateOpenIDConnectProviderResponse:
    """Register an issuer whose tokens roles may trust."""
    tags = tags_given(request.get("Tags", []))
    if tags:
        ctx.require("iam:TagOpenIDConnectProvider", name, of_tags(ctx, request, name))
    url = issuer_in(request["Url"])
    if OIDC_PROVIDERS.get(ctx.tx, ctx.account, url) is not None:
        raise EntityAlreadyExistsException(f"Provider with url {request['Url']} already exists.")
    there = sum(1 for _ in OIDC_PROVIDERS.scan(ctx.tx, ctx.account, limit=MOST))
    must_fit("OpenIdConnectProvidersPerAccount", there + 1, MOST)
    clients = tuple(dict.fromkeys(request.get("ClientIDList", [])))
    must_fit("ClientIdsPerOpenIdConnectProvider", len(clients), CLIENT_IDS_PER_PROVIDER)
    provider = OidcProvider(
        account=ctx.account,
        url=url,
        created=int(ctx.now),
        client_ids=clients,
        thumbprints=_thumbprints(request.get("ThumbprintList", [])),
        tags=with_system_tags(tags, ctx.system_tags),
    )
    save_provider(ctx.tx, provider)
    made: CreateOpenIDConnectProviderResponse = {"OpenIDConnectProviderArn": provider.arn}
    if tags:
        made["Tags"] = shown_tags(tags)
    return made


@operation("iam:GetOpenIDConnectProvider", on=provider_named)
def get_open_id_connect_provider(
    ctx: Context, request: GetOpenIDConnectProviderRequest, provider: OidcProvider
) -> GetOpenIDConnectProviderResponse:
    """Show a provider."""
    made: GetOpenIDConnectProviderResponse = {
        "Url": provider.url,
        "ClientIDList": list(provider.client_ids),
        "ThumbprintList": list(provider.thumbprints),
        "CreateDate": provider.created,
    }
    if provider.tags:
        made["Tags"] = shown_tags(provider.tags)
    return made


@operation("iam:ListOpenIDConnectProviders", on=everything)
def list_open_id_connect_providers(
    ctx: Context, request: ListOpenIDConnectProvidersRequest, nothing: Bare
) -> ListOpenIDConnectProvidersResponse:
    """List the account's providers."""
    found = OIDC_PROVIDERS.scan(ctx.tx, ctx.account)
    return {"OpenIDConnectProviderList": [{"Arn": provider.arn} for _, provider in found]}


@operation("iam:DeleteOpenIDConnectProvider", on=provider_named, writes=True)
def delete_open_id_connect_provider(
    ctx: Context, request: DeleteOpenIDConnectProviderRequest, provider: OidcProvider
) -> None:
    """Take an issuer's registration back; roles that trust it trust nobody through it."""
    OIDC_PROVIDERS.delete(ctx.tx, provider.account, provider.url)


@operation("iam:AddClientIDToOpenIDConnectProvider", on=provider_named, writes=True)
def add_client_id_to_open_id_connect_provider(
    ctx: Context, request: AddClientIDToOpenIDConnectProviderRequest, provider: OidcProvider
) -> None:
    """Take tokens for one more audience; once more changes nothing."""
    clients = tuple(dict.fromkeys((*provider.client_ids, request["ClientID"])))
    must_fit("ClientIdsPerOpenIdConnectProvider", len(clients), CLIENT_IDS_PER_PROVIDER)
    save_provider(ctx.tx, replace(provider, client_ids=clients))


@operation("iam:RemoveClientIDFromOpenIDConnectProvider", on=provider_named, writes=True)
def remove_client_id_from_open_id_connect_provider(
    ctx: Context, request: RemoveClientIDFromOpenIDConnectProviderRequest, provider: OidcProvider
) -> None:
    """Take tokens for an audience no longer; where it was none nothing happens."""
    clients = tuple(each for each in provider.client_ids if each != request["ClientID"])
    save_provider(ctx.tx, replace(provider, client_ids=clients))


@operation("iam:UpdateOpenIDConnectProviderThumbprint", on=provider_named, writes=True)
def update_open_id_connect_provider_thumbprint(
    ctx: Context, request: UpdateOpenIDConnectProviderThumbprintRequest, provider: OidcProvider
) -> None:
    """Keep other thumbprints; they are shown and not used, since nothing is fetched."""
    thumbprints = _thumbprints(request["ThumbprintList"])
    save_provider(ctx.tx, replace(provider, thumbprints=thumbprints))


def _thumbprints(given: list[str]) -> tuple[str, ...]:
    if len(given) > MOST_THUMBPRINTS:
        raise InvalidInputException("Thumbprint list must contain fewer than 5 entries.")
    if not all(set(each.lower()) <= set("0123456789abcdef") for each in given):
        raise InvalidInputException("Thumbprint must be a hexadecimal string.")
    return tuple(each.lower() for each in given)
