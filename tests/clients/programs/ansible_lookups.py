"""Look secrets and parameters up in an Ansible template."""

import json
import os
import subprocess
import sys
from pathlib import Path

home = Path(os.environ["HOME"])
lookups = {
    "secret": "lookup('amazon.aws.secretsmanager_secret', 'ansible/one')",
    "nested": "lookup('amazon.aws.secretsmanager_secret', 'ansible/json.user.name', nested=true)",
    "previous": (
        "lookup('amazon.aws.secretsmanager_secret', 'ansible/one', version_stage='AWSPREVIOUS')"
    ),
    "by path": "lookup('amazon.aws.secretsmanager_secret', 'ansible/', bypath=true)",
    "missing": "lookup('amazon.aws.secretsmanager_secret', 'nowhere', on_missing='skip')",
    "deleted": "lookup('amazon.aws.secretsmanager_secret', 'marked', on_deleted='skip')",
    "parameter": "lookup('amazon.aws.ssm_parameter', '/ansible/parameter')",
}
play = {
    "hosts": "localhost",
    "gather_facts": False,
    "tasks": [
        {
            "ansible.builtin.copy": {
                "dest": str(home / "out.json"),
                "content": "{{ found | to_json }}",
            },
            "vars": {"found": {name: f"{{{{ {text} }}}}" for name, text in lookups.items()}},
        }
    ],
}
(home / "play.yml").write_text(json.dumps([play]))
done = subprocess.run(
    [Path(sys.executable).parent / "ansible-playbook", "-c", "local", home / "play.yml"],
    env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "0"},
    check=False,
    capture_output=True,
    text=True,
)
if done.returncode:
    sys.exit(done.stdout + done.stderr)
print((home / "out.json").read_text())
