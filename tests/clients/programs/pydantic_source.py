"""Fill settings from a secret with pydantic-settings' AWS source."""

import json

from pydantic_settings import AWSSecretsManagerSettingsSource, BaseSettings


class Settings(BaseSettings):
    user: str
    password: str
    port: int

    @classmethod
    def settings_customise_sources(cls, settings_cls, **_):
        return (AWSSecretsManagerSettingsSource(settings_cls, "settings/app"),)


print(json.dumps(Settings().model_dump()))
