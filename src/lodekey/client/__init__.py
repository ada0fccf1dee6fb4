"""The client: values from any AWS-compatible endpoint, through boto3's own configuration.

It imports nothing of the server, and only boto3 and click beyond the standard library.
"""
