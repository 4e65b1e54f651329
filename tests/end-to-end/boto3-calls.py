"""Makes calls with boto3 as they are asked for, one JSON object a line, and prints what came of each."""

import datetime
import json
import sys
import urllib.error
import urllib.request

import boto3
import botocore.auth
from botocore.config import Config
from botocore.exceptions import ClientError

real_now = getattr(botocore.auth, "get_current_datetime", None)


def set_clock(skew_seconds):
    """Signs as a machine whose clock is wrong would."""
    skew = datetime.timedelta(seconds=skew_seconds)
    if real_now is not None:
        botocore.auth.get_current_datetime = lambda *args, **kwargs: real_now(*args, **kwargs) + skew
        return

    class Skewed(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + skew

    botocore.auth.datetime = type("module", (), {**vars(datetime), "datetime": Skewed})


def call(asked):
    client = boto3.client(
        asked["service"],
        endpoint_url=asked["endpoint"],
        region_name=asked.get("region", "us-east-1"),
        aws_access_key_id=asked["accessKeyId"],
        aws_secret_access_key=asked["secretAccessKey"],
        aws_session_token=asked.get("sessionToken"),
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    set_clock(asked.get("skewSeconds", 0))
    parameters = asked.get("parameters", {})
    if "presign" in asked:
        expires = asked["presign"]
        url = client.generate_presigned_url(asked["operation"], Params=parameters, ExpiresIn=expires, HttpMethod="GET")
        return fetch(url.replace(*asked.get("replace", ["", ""])))
    try:
        answer = getattr(client, asked["operation"])(**parameters)
    except ClientError as error:
        told = error.response["Error"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"status": status, "code": told["Code"], "message": told["Message"]}
    status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    return {"status": status, "answer": answer}


def fetch(url):
    try:
        with urllib.request.urlopen(url) as response:
            return {"status": response.status, "text": response.read().decode()}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "text": error.read().decode()}


for line in sys.stdin:
    print(json.dumps(call(json.loads(line)), default=str), flush=True)
