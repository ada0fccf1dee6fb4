"""Read connections, variables and configuration through Airflow's two Amazon secrets backends."""

import json

from airflow.providers.amazon.aws.secrets.secrets_manager import SecretsManagerBackend
from airflow.providers.amazon.aws.secrets.systems_manager import SystemsManagerParameterStoreBackend

manager = SecretsManagerBackend(
    connections_prefix="airflow/connections",
    variables_prefix="airflow/variables",
    config_prefix="airflow/config",
)
store = SystemsManagerParameterStoreBackend(
    connections_prefix="/airflow/connections", variables_prefix="/airflow/variables"
)
print(
    json.dumps(
        {
            "connection": json.loads(manager.get_conn_value("db") or "null"),
            "variable": manager.get_variable("hello"),
            "config": manager.get_config("sql_alchemy_conn_value"),
            "missing": manager.get_variable("missing"),
            "stored connection": store.get_conn_value("db"),
            "stored variable": store.get_variable("hello"),
            "stored missing": store.get_variable("missing"),
        }
    )
)
