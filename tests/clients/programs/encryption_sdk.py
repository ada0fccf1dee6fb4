"""Open an advanced parameter's ciphertext with the AWS Encryption SDK and its own KMS calls."""

import base64
import json
import os

import aws_encryption_sdk

client = aws_encryption_sdk.EncryptionSDKClient()
provider = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[os.environ["KEY_ARN"]])
plaintext, header = client.decrypt(
    source=base64.b64decode(os.environ["CIPHERTEXT"]), key_provider=provider
)
print(
    json.dumps(
        {
            "plaintext": plaintext.decode(),
            "context": header.encryption_context,
            "suite": header.algorithm.name,
        }
    )
)
