# The other side of botocore-roundtrip.test.ts: serializes inputs and parses outputs with the installed botocore.
# Reads one JSON document a line from standard input and answers each with one line.
import base64
import datetime
import json
import sys
from urllib.parse import urlencode

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
from botocore.awsrequest import HeadersDict

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
loader = botocore.loaders.Loader()
models = {}


def model_of(service):
    if service not in models:
        models[service] = botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)
    return models[service]


def from_wire(shape, value):
    """JSON to what botocore takes; members that its model lacks are dropped."""
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return value
        return {k: from_wire(shape.members[k], v) for k, v in value.items() if k in shape.members}
    if kind == "list":
        return [from_wire(shape.member, v) for v in value]
    if kind == "map":
        return {k: from_wire(shape.value, v) for k, v in value.items()}
    if kind == "timestamp":
        return EPOCH + datetime.timedelta(milliseconds=value)
    if kind == "blob":
        return base64.b64decode(value)
    return value


def to_wire(value):
    if isinstance(value, dict):
        return {k: to_wire(v) for k, v in value.items() if k != "ResponseMetadata"}
    if isinstance(value, list):
        return [to_wire(v) for v in value]
    if isinstance(value, datetime.datetime):
        return round((value - EPOCH).total_seconds() * 1000)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return value


def serialize(protocol, operation, given):
    params = from_wire(operation.input_shape, given) if operation.input_shape else {}
    serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
    request = serializer.serialize_to_request(dict(params), operation)
    body = request["body"]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
    if isinstance(body, str):
        body = body.encode()
    query = request["query_string"]
    path, _, fixed = request["url_path"].partition("?")
    pairs = [part for part in (fixed, urlencode(query, doseq=True) if isinstance(query, dict) else query) if part]
    return {
        "input": to_wire(params),
        "method": request["method"],
        "path": path,
        "query": "&".join(pairs),
        "headers": {k.lower(): str(v) for k, v in request["headers"].items()},
        "body": base64.b64encode(body or b"").decode(),
    }


def parse(protocol, operation, given):
    shape = operation.output_shape
    expected = from_wire(shape, given["output"]) if shape else {}
    body = base64.b64decode(given["body"])
    response = {
        "status_code": given["status"],
        "headers": HeadersDict(given["headers"]),
        # botocore hands raw payloads on as streams, whatever is not bytes being one to it.
        "body": bytearray(body) if operation.has_streaming_output else body,
        "context": {},
    }
    parsed = botocore.parsers.create_parser(protocol).parse(response, shape)
    return {"expected": to_wire(expected), "parsed": to_wire(parsed)}


for line in sys.stdin:
    job = json.loads(line)
    try:
        model = model_of(job["service"])
        if job["operation"] not in model.operation_names or job["protocol"] not in (model.metadata.get("protocols") or [model.metadata["protocol"]]):
            answer = {"unknown": True}
        else:
            operation = model.operation_model(job["operation"])
            answer = (serialize if job["kind"] == "input" else parse)(job["protocol"], operation, job["value"])
    except Exception as error:  # reported to the test, which fails
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
