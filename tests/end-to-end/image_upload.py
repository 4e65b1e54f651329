"""An uploaded image's journey with boto3, as an application of four services would be written.

    python3 image_upload.py --list       the names of the steps, one a line
    python3 image_upload.py ENDPOINT     runs them in order, and prints one JSON object a line: {"step", "error"}

The web server that the topic delivers to is a real one, and believes only what `openssl` says is signed.
"""

import base64
import http.server
import json
import os
import queue
import subprocess
import tempfile
import threading
import time
import urllib.request

from walk import step, walk

ACCOUNT = "000000000000"
BUCKET = "gallery"
TOPIC_ARN = f"arn:aws:sns:us-east-1:{ACCOUNT}:gallery-uploads"
PATIENCE_SECONDS = 120


class World:
    """Clients, the web server, and what it was told."""

    def __init__(self, endpoint):
        import boto3

        session = boto3.session.Session("test", "test", region_name="us-east-1")
        make = lambda service: session.client(service, endpoint_url=endpoint)
        self.s3, self.sns, self.sqs = make("s3"), make("sns"), make("sqs")
        self.dynamodb, self.streams = make("dynamodb"), make("dynamodbstreams")
        self.table = session.resource("dynamodb", endpoint_url=endpoint).Table("gallery-images")
        self.queues = {}
        self.posted = queue.Queue()
        self.forged = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(world):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["content-length"])))
                genuine = is_signed(message) and self.headers["x-amz-sns-message-type"] == message["Type"]
                (world.posted.put if genuine else world.forged.append)(message)
                self.send_response(200 if genuine else 403)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler

    def next_post(self):
        return self.posted.get(timeout=PATIENCE_SECONDS)

    def next_event(self):
        return json.loads(self.next_post()["Message"])

    def receive(self, name):
        """The messages of a queue, waited for, and taken from it."""
        url, deadline = self.queues[name], time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            messages = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages", [])
            for message in messages:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if messages:
                return [message["Body"] for message in messages]
        raise AssertionError(f"nothing came to {name}")


def is_signed(message):
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    signed = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        with urllib.request.urlopen(message["SigningCertURL"]) as answer:
            certificate = answer.read()
        for name, content in {
            "certificate": certificate,
            "signature": base64.b64decode(message["Signature"]),
            "signed": signed.encode(),
        }.items():
            with open(path(name), "wb") as file:
                file.write(content)
        key = subprocess.run(
            ["openssl", "x509", "-in", path("certificate"), "-noout", "-pubkey"], check=True, capture_output=True
        ).stdout
        with open(path("key"), "wb") as file:
            file.write(key)
        digest = "-sha256" if message["SignatureVersion"] == "2" else "-sha1"
        verify = ["openssl", "dgst", digest, "-verify", path("key"), "-signature", path("signature"), path("signed")]
        return subprocess.run(verify, capture_output=True).returncode == 0


def allow(service, action, resource, source):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"ArnLike": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    if service == "sns":
        del statement["Condition"]["StringEquals"]
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def same(found, expected):
    assert found == expected, f"expected {expected!r}, got {found!r}"


@step
def a_bucket_a_topic_and_two_queues_are_made(world):
    world.s3.create_bucket(Bucket=BUCKET)
    policy = allow("s3", "sns:Publish", TOPIC_ARN, f"arn:aws:s3:*:*:{BUCKET}")
    made = world.sns.create_topic(Name="gallery-uploads", Attributes={"Policy": policy, "SignatureVersion": "2"})
    same(made["TopicArn"], TOPIC_ARN)
    filters = {"pictures": {"key": [{"suffix": ".png"}]}, "others": {"key": [{"anything-but": {"suffix": ".png"}}]}}
    for name, wanted in filters.items():
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
        attributes = {"Policy": allow("sns", "sqs:SendMessage", arn, TOPIC_ARN)}
        world.queues[name] = world.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        world.sns.subscribe(
            TopicArn=TOPIC_ARN,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={
                "FilterPolicyScope": "MessageBody",
                "FilterPolicy": json.dumps({"Records": {"s3": {"object": wanted}}}),
                "RawMessageDelivery": "true",
            },
        )


@step
def a_web_server_confirms_by_the_link_it_gets(world):
    url = f"http://127.0.0.1:{world.server.server_port}/uploads"
    world.sns.subscribe(TopicArn=TOPIC_ARN, Protocol="http", Endpoint=url)
    question = world.next_post()
    same((question["Type"], question["SignatureVersion"]), ("SubscriptionConfirmation", "2"))
    with urllib.request.urlopen(question["SubscribeURL"]) as answer:
        same(answer.status, 200)
    same(world.sns.get_topic_attributes(TopicArn=TOPIC_ARN)["Attributes"]["SubscriptionsConfirmed"], "3")


@step
def the_bucket_tells_the_topic(world):
    events = {"TopicArn": TOPIC_ARN, "Events": ["s3:ObjectCreated:*"]}
    world.s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"TopicConfigurations": [events]}
    )
    test = world.next_event()
    same((test["Service"], test["Event"], test["Bucket"]), ("Amazon S3", "s3:TestEvent", BUCKET))


@step
def each_gets_what_its_filter_lets_through(world):
    world.s3.put_object(Bucket=BUCKET, Key="cat.png", Body=b"a cat", ContentType="image/png")
    world.s3.put_object(Bucket=BUCKET, Key="cat.txt", Body=b"about the cat")
    for name, key, size in (("pictures", "cat.png", 5), ("others", "cat.txt", 13)):
        [body] = world.receive(name)
        [record] = json.loads(body)["Records"]
        same((record["eventSource"], record["eventName"]), ("aws:s3", "ObjectCreated:Put"))
        same((record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]), (BUCKET, key))
        same(record["s3"]["object"]["size"], size)
    keys = [world.next_event()["Records"][0]["s3"]["object"]["key"] for _ in range(2)]
    same(sorted(keys), ["cat.png", "cat.txt"])
    same(world.forged, [])


@step
def an_upload_in_parts_is_one_event(world):
    upload = world.s3.create_multipart_upload(Bucket=BUCKET, Key="large.png")["UploadId"]
    parts = []
    for number, body in enumerate((b"x" * 5 * 1024 * 1024, b"end"), 1):
        etag = world.s3.upload_part(Bucket=BUCKET, Key="large.png", UploadId=upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    done = {"Bucket": BUCKET, "Key": "large.png", "UploadId": upload, "MultipartUpload": {"Parts": parts}}
    etag = world.s3.complete_multipart_upload(**done)["ETag"]
    [body] = world.receive("pictures")
    [record] = json.loads(body)["Records"]
    same(record["eventName"], "ObjectCreated:CompleteMultipartUpload")
    same((record["s3"]["object"]["size"], record["s3"]["object"]["eTag"]), (5 * 1024 * 1024 + 3, etag.strip('"')))
    same(json.loads(body), world.next_event())


@step
def an_item_lands_in_a_table_and_its_stream_shows_it(world):
    from boto3.dynamodb.conditions import Attr

    world.dynamodb.create_table(
        TableName="gallery-images",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    world.dynamodb.get_waiter("table_exists").wait(TableName="gallery-images", WaiterConfig={"Delay": 1})
    head = world.s3.head_object(Bucket=BUCKET, Key="cat.png")
    item = {"key": "cat.png", "size": head["ContentLength"], "type": head["ContentType"]}
    world.table.put_item(Item=item, ConditionExpression=Attr("key").not_exists())
    try:
        world.table.put_item(Item=item, ConditionExpression=Attr("key").not_exists())
        raise AssertionError("it landed twice")
    except world.dynamodb.exceptions.ConditionalCheckFailedException:
        pass
    same(world.table.get_item(Key={"key": "cat.png"})["Item"], item)

    arn = world.dynamodb.describe_table(TableName="gallery-images")["Table"]["LatestStreamArn"]
    [shard] = world.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = world.streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    answer = world.streams.get_records(ShardIterator=iterator)
    [record] = answer["Records"]
    image = {"key": {"S": "cat.png"}, "size": {"N": "5"}, "type": {"S": "image/png"}}
    same((record["eventName"], record["dynamodb"]["NewImage"]), ("INSERT", image))
    world.table.delete_item(Key={"key": "cat.png"})
    [record] = world.streams.get_records(ShardIterator=answer["NextShardIterator"])["Records"]
    same((record["eventName"], record["dynamodb"]["Keys"]), ("REMOVE", {"key": {"S": "cat.png"}}))


if __name__ == "__main__":
    world = walk(World)
    if world:
        world.server.shutdown()
