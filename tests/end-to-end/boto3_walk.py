"""Walks through EC2, SSM and STS with boto3, as a program written for AWS would: waiters, paginators, resources, errors.

    python3 boto3_walk.py --list                   the names of the steps, one a line
    python3 boto3_walk.py ENDPOINT                 runs them, and prints one JSON object a line: {"step", "error"}

Each step stands alone: it makes what it needs, under names of its own.
"""

import base64
import contextlib
import uuid

from walk import step, walk


class World:
    """Clients of one account and region, and the things that steps need most often."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.ec2 = self.client("ec2")
        self.ssm = self.client("ssm")
        self.sts = self.client("sts")

    def client(self, service, region="us-east-1", key="test", secret="test", token=None, kind="client"):
        import boto3

        session = boto3.session.Session(
            aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token, region_name=region
        )
        return getattr(session, kind)(service, endpoint_url=self.endpoint)

    def image(self):
        found = self.ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-12-*"]}])["Images"]
        return found[0]

    def run(self, count=1, **more):
        request = {"ImageId": self.image()["ImageId"], "InstanceType": "t3.micro", "MinCount": count, "MaxCount": count}
        return self.ec2.run_instances(**{**request, **more})["Instances"]

    def run_one(self, **more):
        return self.run(**more)[0]["InstanceId"]

    def wait(self, state, *ids):
        config = {"Delay": 1, "MaxAttempts": 180}
        self.ec2.get_waiter(state).wait(InstanceIds=list(ids), WaiterConfig=config)

    def instance(self, instance_id):
        return self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]

    def default_subnets(self):
        return self.ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]

    def default_vpc_id(self):
        return self.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]


def name(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@contextlib.contextmanager
def refused(code, message=None):
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, f"expected {code}, got {found['Code']}: {found['Message']}"
        if message is not None:
            assert found["Message"] == message, found["Message"]
        expected = 412 if code == "DryRunOperation" else 400
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == expected
        assert error.response["ResponseMetadata"]["RequestId"]
    else:
        raise AssertionError(f"not refused with {code}")


def same(found, expected):
    assert found == expected, f"expected {expected!r}, got {found!r}"


def ids_of(pages):
    return [i["InstanceId"] for page in pages for r in page["Reservations"] for i in r["Instances"]]


# STS


@step
def callers_are_known_by_their_keys(world):
    identity = world.sts.get_caller_identity()
    same((identity["Account"], identity["Arn"]), ("000000000000", "arn:aws:iam::000000000000:root"))
    other = world.client("sts", key="111122223333").get_caller_identity()
    same((other["Account"], other["UserId"]), ("111122223333", "111122223333"))


@step
def session_tokens_act_for_their_account(world):
    owner = world.client("sts", key="444455556666")
    key = owner.get_session_token(DurationSeconds=900)["Credentials"]
    assert key["AccessKeyId"].startswith("ASIA")
    secret, token = key["SecretAccessKey"], key["SessionToken"]
    sts = world.client("sts", key=key["AccessKeyId"], secret=secret, token=token)
    same(sts.get_caller_identity()["Account"], "444455556666")
    # Of STS, a session may only ask who it is and assume roles.
    same(owner.get_access_key_info(AccessKeyId=key["AccessKeyId"])["Account"], "444455556666")
    with refused_signature():
        world.client("sts", key=key["AccessKeyId"], secret="wrong", token=token).get_caller_identity()


@contextlib.contextmanager
def refused_signature():
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        same(error.response["Error"]["Code"], "SignatureDoesNotMatch")
        same(error.response["ResponseMetadata"]["HTTPStatusCode"], 403)
    else:
        raise AssertionError("a wrong signature was taken")


# Facts


@step
def instance_types_come_in_pages(world):
    paginator = world.ec2.get_paginator("describe_instance_types")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 50, "MaxItems": 120}))
    same([len(page["InstanceTypes"]) for page in pages], [50, 50, 20])
    free = [{"Name": "free-tier-eligible", "Values": ["true"]}]
    types = {t["InstanceType"]: t for page in paginator.paginate(Filters=free) for t in page["InstanceTypes"]}
    micro = types["t2.micro"]
    same((micro["VCpuInfo"]["DefaultVCpus"], micro["MemoryInfo"]["SizeInMiB"]), (1, 1024))
    message = "The following supplied instance types do not exist: [x9.huge]"
    with refused("InvalidInstanceType", message):
        world.ec2.describe_instance_types(InstanceTypes=["t3.micro", "x9.huge"])


@step
def types_are_offered_zone_by_zone(world):
    paginator = world.ec2.get_paginator("describe_instance_type_offerings")
    pages = paginator.paginate(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["t3.micro"]}]
    )
    zones = {offering["Location"] for page in pages for offering in page["InstanceTypeOfferings"]}
    assert {"us-east-1a", "us-east-1b"} <= zones, zones


@step
def regions_and_zones_are_described(world):
    regions = {r["RegionName"] for r in world.ec2.describe_regions()["Regions"]}
    assert {"us-east-1", "eu-central-1", "ap-southeast-2"} <= regions
    zones = world.client("ec2", region="eu-west-1").describe_availability_zones()["AvailabilityZones"]
    same({zone["RegionName"] for zone in zones}, {"eu-west-1"})
    assert len(zones) >= 3
    with refused("InvalidParameterValue"):
        world.ec2.describe_availability_zones(ZoneNames=["us-east-1z"])


@step
def account_attributes_are_described(world):
    names = ["default-vpc", "max-elastic-ips"]
    found = world.ec2.describe_account_attributes(AttributeNames=names)["AccountAttributes"]
    values = {a["AttributeName"]: a["AttributeValues"][0]["AttributeValue"] for a in found}
    same(values, {"default-vpc": world.default_vpc_id(), "max-elastic-ips": "5"})


@step
def images_are_found_by_parameters(world):
    image = world.image()
    same((image["State"], image["RootDeviceType"], image["Architecture"]), ("available", "ebs", image["Architecture"]))
    path = "/aws/service/debian/release/12/latest"
    public = world.ssm.get_parameters_by_path(Path=path)["Parameters"]
    assert image["ImageId"] in [p["Value"] for p in public], public
    instance = world.run(ImageId=f"resolve:ssm:{public[0]['Name']}")[0]
    same(instance["ImageId"], public[0]["Value"])
    for ids, code in [(["ami-00000000"], "NotFound"), (["nonsense"], "Malformed")]:
        with refused(f"InvalidAMIID.{code}"):
            world.ec2.describe_images(ImageIds=ids)
        with refused(f"InvalidAMIID.{code}"):
            world.run(ImageId=ids[0])


# Key pairs


@step
def key_pairs_are_made_and_found(world):
    rsa, ed25519 = name("rsa"), name("ed25519")
    made = world.ec2.create_key_pair(KeyName=rsa, TagSpecifications=tags("key-pair", team="a"))
    assert made["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----\n"), made["KeyMaterial"][:40]
    same(len(made["KeyFingerprint"]), 59)
    other = world.ec2.create_key_pair(KeyName=ed25519, KeyType="ed25519")
    assert other["KeyMaterial"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    found = world.ec2.describe_key_pairs(KeyNames=[rsa, ed25519], IncludePublicKey=True)["KeyPairs"]
    same([(k["KeyName"], k["KeyType"]) for k in found], [(rsa, "rsa"), (ed25519, "ed25519")])
    same(found[0]["Tags"], [{"Key": "team", "Value": "a"}])
    imported = name("imported")
    again = world.ec2.import_key_pair(KeyName=imported, PublicKeyMaterial=found[1]["PublicKey"].encode())
    same(again["KeyFingerprint"], other["KeyFingerprint"])
    # boto3 has a waiter for them.
    world.ec2.get_waiter("key_pair_exists").wait(KeyNames=[imported], WaiterConfig={"Delay": 1, "MaxAttempts": 5})


@step
def key_pairs_are_refused_and_deleted(world):
    key = name("key")
    with refused("DryRunOperation"):
        world.ec2.create_key_pair(KeyName=key, DryRun=True)
    with refused("InvalidKeyPair.NotFound", f"The key pair '{key}' does not exist"):
        world.ec2.describe_key_pairs(KeyNames=[key])
    world.ec2.create_key_pair(KeyName=key)
    with refused("InvalidKeyPair.Duplicate"):
        world.ec2.create_key_pair(KeyName=key)
    with refused("InvalidKey.Format"):
        world.ec2.import_key_pair(KeyName=name("bad"), PublicKeyMaterial=b"ssh-rsa nonsense")
    # Models of before 2024 know of no answer.
    has_answer = world.ec2.meta.service_model.operation_model("DeleteKeyPair").output_shape is not None
    for _ in range(2):
        same(world.ec2.delete_key_pair(KeyName=key).get("Return"), True if has_answer else None)
    with refused("InvalidKeyPair.NotFound"):
        world.run(KeyName=key)


# Networks


@step
def the_default_vpc_is_there(world):
    vpc = world.ec2.describe_vpcs(VpcIds=[world.default_vpc_id()])["Vpcs"][0]
    same((vpc["CidrBlock"], vpc["State"]), ("172.31.0.0/16", "available"))
    assert "Tags" not in vpc
    subnets = world.default_subnets()
    same(len({s["AvailabilityZone"] for s in subnets}), 3)
    same({s["MapPublicIpOnLaunch"] for s in subnets}, {True})
    for describe, key in [
        ("describe_internet_gateways", "InternetGateways"),
        ("describe_route_tables", "RouteTables"),
        ("describe_network_acls", "NetworkAcls"),
        ("describe_dhcp_options", "DhcpOptions"),
    ]:
        assert getattr(world.ec2, describe)()[key], describe


@step
def a_vpc_is_built_and_taken_down(world):
    vpc_id = world.ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=tags("vpc", Name="built"))["Vpc"]["VpcId"]
    world.ec2.get_waiter("vpc_available").wait(VpcIds=[vpc_id])
    subnet_id = world.ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.20.1.0/24")["Subnet"]["SubnetId"]
    world.ec2.get_waiter("subnet_available").wait(SubnetIds=[subnet_id])
    gateway_id = world.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    table_id = world.ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    with refused("InvalidParameterValue"):  # not attached yet
        world.ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway_id)
    world.ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    with refused("Resource.AlreadyAssociated"):
        world.ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    world.ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway_id)
    association_id = world.ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)["AssociationId"]
    world.ec2.modify_subnet_attribute(SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": True})
    world.ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    found = world.ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsHostnames")
    same(found["EnableDnsHostnames"], {"Value": True})
    with refused("InvalidSubnet.Conflict"):
        world.ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.20.1.128/25")
    with refused("InvalidSubnet.Range"):
        world.ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.21.0.0/24")
    with refused("InvalidVpc.Range"):
        world.ec2.create_vpc(CidrBlock="10.0.0.0/8")
    for undo in [
        lambda: world.ec2.delete_vpc(VpcId=vpc_id),
        lambda: world.ec2.delete_route_table(RouteTableId=table_id),
        lambda: world.ec2.delete_internet_gateway(InternetGatewayId=gateway_id),
    ]:
        with refused("DependencyViolation"):
            undo()
    world.ec2.disassociate_route_table(AssociationId=association_id)
    world.ec2.delete_route_table(RouteTableId=table_id)
    world.ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    world.ec2.delete_internet_gateway(InternetGatewayId=gateway_id)
    world.ec2.delete_subnet(SubnetId=subnet_id)
    world.ec2.delete_vpc(VpcId=vpc_id)
    with refused("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist"):
        world.ec2.describe_vpcs(VpcIds=[vpc_id])


@step
def a_subnet_in_use_stays(world):
    vpc_id = world.ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    subnet_id = world.ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.30.0.0/24")["Subnet"]["SubnetId"]
    instance = world.run(SubnetId=subnet_id, PrivateIpAddress="10.30.0.77")[0]
    same(instance["PrivateIpAddress"], "10.30.0.77")
    assert "PublicIpAddress" not in instance
    with refused("InvalidIPAddress.InUse"):
        world.run(SubnetId=subnet_id, PrivateIpAddress="10.30.0.77")
    with refused("InvalidParameterValue"):
        world.run(SubnetId=subnet_id, PrivateIpAddress="10.31.0.1")
    with refused("DependencyViolation"):
        world.ec2.delete_subnet(SubnetId=subnet_id)
    same(world.ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]["AvailableIpAddressCount"], 250)
    world.ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    world.wait("instance_terminated", instance["InstanceId"])
    world.ec2.delete_subnet(SubnetId=subnet_id)
    world.ec2.delete_vpc(VpcId=vpc_id)


# Security groups


def ssh(cidr="0.0.0.0/0", **more):
    return {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": cidr, **more}]}


@step
def security_groups_have_rules(world):
    group = world.ec2.create_security_group(GroupName=name("web"), Description="web", TagSpecifications=tags("security-group", a="b"))
    group_id = group["GroupId"]
    world.ec2.get_waiter("security_group_exists").wait(GroupIds=[group_id])
    many = [{"CidrIp": f"10.0.{i}.0/24", "Description": f"office {i}"} for i in range(9)]
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": many}
    rules = world.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])["SecurityGroupRules"]
    described = world.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    same(described["IpPermissions"][0]["IpRanges"], many)
    same(described["IpPermissionsEgress"][0]["IpProtocol"], "-1")
    self_reference = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}
    world.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[self_reference])
    rule_id = rules[0]["SecurityGroupRuleId"]
    changed = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 443, "CidrIpv4": "0.0.0.0/0", "Description": "web"}
    update = {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": changed}
    world.ec2.modify_security_group_rules(GroupId=group_id, SecurityGroupRules=[update])
    found = world.ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule_id])["SecurityGroupRules"][0]
    same({key: found[key] for key in changed}, changed)
    world.ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=[rule_id])
    pages = world.ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group_id]}], PaginationConfig={"PageSize": 5}
    )
    same(sum(len(page["SecurityGroupRules"]) for page in pages), 10)  # eight of SSH, its own, and one egress
    world.ec2.delete_security_group(GroupId=group_id)


@step
def security_groups_are_refused(world):
    group_name = name("db")
    group_id = world.ec2.create_security_group(GroupName=group_name, Description="db")["GroupId"]
    with refused("InvalidGroup.Duplicate"):
        world.ec2.create_security_group(GroupName=group_name, Description="db")
    world.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[ssh()])
    with refused(
        "InvalidPermission.Duplicate",
        'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists',
    ):
        world.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[ssh()])
    with refused("InvalidParameterValue", "CIDR block 300.0.0.0/8 is malformed"):
        world.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[ssh("300.0.0.0/8")])
    answer = world.ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=[ssh("10.0.0.0/8")])
    same(len(answer["UnknownIpPermissions"]), 1)
    vpc_id = world.ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    stranger = world.ec2.create_security_group(GroupName="x", Description="x", VpcId=vpc_id)["GroupId"]
    with refused("InvalidPermission.NotFound"):  # outside of the default VPC, nothing is told but this
        world.ec2.revoke_security_group_ingress(GroupId=stranger, IpPermissions=[ssh()])
    subnet_id = world.default_subnets()[0]["SubnetId"]
    message = f"Security group {stranger} and subnet {subnet_id} belong to different networks."
    with refused("InvalidParameter", message):
        world.run(SecurityGroupIds=[stranger], SubnetId=subnet_id)
    with refused("InvalidParameterCombination"):
        world.run(SecurityGroups=[group_name], SubnetId=subnet_id)
    with refused("InvalidGroup.NotFound"):
        world.ec2.describe_security_groups(GroupIds=["sg-00000000000000000"])
    with refused("InvalidGroupId.Malformed"):
        world.ec2.describe_security_groups(GroupIds=["web"])
    instance_id = world.run_one(SecurityGroups=[group_name])
    with refused("DependencyViolation", f"resource {group_id} has a dependent object"):
        world.ec2.delete_security_group(GroupId=group_id)
    default = world.instance(instance_id)["VpcId"]
    own = [{"Name": "vpc-id", "Values": [default]}, {"Name": "group-name", "Values": ["default"]}]
    with refused("CannotDelete"):
        world.ec2.delete_security_group(GroupId=world.ec2.describe_security_groups(Filters=own)["SecurityGroups"][0]["GroupId"])


# Instances


def tags(resource_type, **pairs):
    return [{"ResourceType": resource_type, "Tags": [{"Key": k, "Value": v} for k, v in pairs.items()]}]


@step
def an_instance_lives_and_dies(world):
    launched = world.run()[0]
    instance_id = launched["InstanceId"]
    same(launched["State"], {"Code": 0, "Name": "pending"})
    same(launched["StateReason"], {"Code": "pending", "Message": "pending"})
    assert "Tags" not in launched
    world.wait("instance_exists", instance_id)
    world.wait("instance_running", instance_id)
    world.wait("instance_status_ok", instance_id)
    world.wait("system_status_ok", instance_id)
    running = world.instance(instance_id)
    assert running["PublicIpAddress"] and running["PublicDnsName"].startswith("ec2-"), running
    same(running["PrivateDnsName"], f"ip-{running['PrivateIpAddress'].replace('.', '-')}.ec2.internal")
    change = world.ec2.start_instances(InstanceIds=[instance_id])["StartingInstances"][0]
    same((change["PreviousState"]["Name"], change["CurrentState"]["Name"]), ("running", "running"))
    world.ec2.reboot_instances(InstanceIds=[instance_id])
    change = world.ec2.stop_instances(InstanceIds=[instance_id])["StoppingInstances"][0]
    same((change["PreviousState"]["Name"], change["CurrentState"]), ("running", {"Code": 64, "Name": "stopping"}))
    world.wait("instance_stopped", instance_id)
    stopped = world.instance(instance_id)
    assert "PublicIpAddress" not in stopped
    same(stopped["PrivateIpAddress"], running["PrivateIpAddress"])
    same(stopped["StateReason"]["Code"], "Client.UserInitiatedShutdown")
    assert stopped["StateTransitionReason"].startswith("User initiated (20"), stopped["StateTransitionReason"]
    with refused("IncorrectInstanceState"):
        world.ec2.reboot_instances(InstanceIds=[instance_id])
    world.ec2.stop_instances(InstanceIds=[instance_id], Force=True)
    world.ec2.start_instances(InstanceIds=[instance_id])
    world.wait("instance_running", instance_id)
    assert world.instance(instance_id)["PublicIpAddress"]
    world.ec2.terminate_instances(InstanceIds=[instance_id])
    world.wait("instance_terminated", instance_id)
    gone = world.instance(instance_id)
    same((gone["NetworkInterfaces"], gone["BlockDeviceMappings"], gone["PrivateDnsName"]), ([], [], ""))
    assert not {"PublicIpAddress", "PrivateIpAddress", "VpcId", "SubnetId"} & set(gone)
    world.ec2.terminate_instances(InstanceIds=[instance_id])
    for again in (world.ec2.start_instances, world.ec2.stop_instances):
        with refused("IncorrectInstanceState"):
            again(InstanceIds=[instance_id])


@step
def the_status_of_all_is_shown_when_asked(world):
    instance_id = world.run_one()
    world.wait("instance_running", instance_id)
    status = world.ec2.describe_instance_status(InstanceIds=[instance_id])["InstanceStatuses"][0]
    same((status["InstanceState"]["Name"], status["SystemStatus"]["Status"]), ("running", "ok"))
    world.ec2.stop_instances(InstanceIds=[instance_id])
    world.wait("instance_stopped", instance_id)
    same(world.ec2.describe_instance_status(InstanceIds=[instance_id])["InstanceStatuses"], [])
    status = world.ec2.describe_instance_status(InstanceIds=[instance_id], IncludeAllInstances=True)["InstanceStatuses"][0]
    same((status["InstanceState"]["Name"], status["InstanceStatus"]), ("stopped", {"Status": "not-applicable"}))


@step
def instances_come_in_pages(world):
    ec2 = world.client("ec2", key="200000000001")
    image_id = ec2.describe_images()["Images"][0]["ImageId"]
    for count in (3, 7, 2):
        ec2.run_instances(ImageId=image_id, InstanceType="t3.nano", MinCount=count, MaxCount=count)
    pages = list(ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    same([len(ids_of([page])) for page in pages], [5, 5, 2])
    same(len(set(ids_of(pages))), 12)
    same({page["ResponseMetadata"]["HTTPStatusCode"] for page in pages}, {200})
    with refused("InvalidParameterCombination"):
        ec2.describe_instances(InstanceIds=ids_of(pages)[:1], MaxResults=5)
    with refused("InvalidParameterValue"):
        ec2.describe_instances(MaxResults=2)
    with refused("InvalidParameterValue"):
        ec2.describe_instances(NextToken="nonsense")
    summary = [len(r["Instances"]) for r in ec2.describe_instances()["Reservations"]]
    same(sorted(summary), [2, 3, 7])


@step
def instances_are_found_by_filters(world):
    ec2 = world.client("ec2", key="200000000002")
    image = ec2.describe_images()["Images"][0]
    request = {"ImageId": image["ImageId"], "MinCount": 1, "MaxCount": 1}
    specification = tags("instance", Name="web-1", env="prod") + tags("volume", env="prod")
    web = ec2.run_instances(**request, InstanceType="t3.micro", TagSpecifications=specification)["Instances"][0]
    other = ec2.run_instances(**request, InstanceType="t3.small")["Instances"][0]

    def found(**filters):
        asked = [{"Name": k.replace("__", ":").replace("_", "-"), "Values": v} for k, v in filters.items()]
        return sorted(ids_of([ec2.describe_instances(Filters=asked)]))

    both = sorted([web["InstanceId"], other["InstanceId"]])
    same(found(tag__Name=["web-*"]), [web["InstanceId"]])
    same(found(tag_key=["env"]), [web["InstanceId"]])
    same(found(instance_type=["t3.small", "t3.large"]), [other["InstanceId"]])
    same(found(instance_state_name=["pending", "running"], image_id=[image["ImageId"]]), both)
    same(found(instance_state_code=["48"]), [])
    same(found(private_ip_address=[web["PrivateIpAddress"]]), [web["InstanceId"]])
    same(found(**{"network-interface.mac-address": [web["NetworkInterfaces"][0]["MacAddress"]]}), [web["InstanceId"]])
    same(found(vpc_id=[]), [])
    same(found(reservation_id=["r-*"]), both)
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        found(colour=["red"])
    resource = world.client("ec2", key="200000000002", kind="resource")
    same([i.id for i in resource.instances.filter(Filters=[{"Name": "tag:env", "Values": ["prod"]}])], [web["InstanceId"]])
    same(resource.Instance(other["InstanceId"]).tags, None)


@step
def a_client_token_launches_once(world):
    token = str(uuid.uuid4())
    first = world.run_one(ClientToken=token)
    same(world.run_one(ClientToken=token), first)
    with refused("IdempotentParameterMismatch"):
        world.run_one(ClientToken=token, InstanceType="t3.small")
    same(ids_of([world.ec2.describe_instances(Filters=[{"Name": "client-token", "Values": [token]}])]), [first])


@step
def dry_runs_change_nothing(world):
    marker = name("dry")
    with refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set."):
        world.run(DryRun=True, TagSpecifications=tags("instance", marker=marker))
    same(ids_of([world.ec2.describe_instances(Filters=[{"Name": "tag:marker", "Values": [marker]}])]), [])
    instance_id = world.run_one()
    for call in (
        lambda: world.ec2.stop_instances(InstanceIds=[instance_id], DryRun=True),
        lambda: world.ec2.terminate_instances(InstanceIds=[instance_id], DryRun=True),
        lambda: world.ec2.describe_instances(DryRun=True),
        lambda: world.ec2.get_console_output(InstanceId=instance_id, DryRun=True),
        lambda: world.ec2.create_vpc(CidrBlock="10.50.0.0/16", DryRun=True),
        lambda: world.ec2.create_tags(Resources=[instance_id], Tags=[{"Key": "a", "Value": "b"}], DryRun=True),
    ):
        with refused("DryRunOperation"):
            call()
    assert world.instance(instance_id)["State"]["Name"] in ("pending", "running")


@step
def wrong_launches_are_refused(world):
    for request, code in [
        ({"MinCount": 0}, "InvalidParameterValue"),
        ({"MinCount": 3, "MaxCount": 2}, "InvalidParameterValue"),
        ({"MinCount": 500, "MaxCount": 500}, "InstanceLimitExceeded"),
        ({"InstanceType": "x9.huge"}, "InvalidParameterValue"),
        ({"UserData": "x" * 17_000}, "InvalidParameterValue"),
        ({"Placement": {"AvailabilityZone": "eu-west-1a"}}, "InvalidParameterValue"),
        ({"SubnetId": "subnet-00000000000000000"}, "InvalidSubnetID.NotFound"),
        ({"SecurityGroupIds": ["sg-00000000000000000"]}, "InvalidGroup.NotFound"),
        ({"SecurityGroups": ["nobody"]}, "InvalidGroup.NotFound"),
        ({"BlockDeviceMappings": [{"DeviceName": world.image()["RootDeviceName"], "Ebs": {"VolumeSize": 1}}]}, "InvalidBlockDeviceMapping"),
        ({"TagSpecifications": tags("subnet", a="b")}, "InvalidParameterValue"),
        ({"InstanceMarketOptions": {"MarketType": "spot"}}, "UnsupportedOperation"),
    ]:
        with refused(code):
            world.run(**request)
    message = "Invalid value 'x9.huge' for InstanceType."
    with refused("InvalidParameterValue", message):
        world.run(InstanceType="x9.huge")


@step
def wrong_ids_are_refused(world):
    with refused("InvalidInstanceID.NotFound", "The instance ID 'i-00000000000000000' does not exist"):
        world.ec2.describe_instances(InstanceIds=["i-00000000000000000"])
    with refused("InvalidInstanceID.Malformed", 'Invalid id: "web" (expecting "i-...")'):
        world.ec2.start_instances(InstanceIds=["web"])
    with refused("InvalidInstanceID.NotFound", "The instance IDs 'i-00000000, i-11111111' do not exist"):
        world.ec2.terminate_instances(InstanceIds=["i-00000000", "i-11111111"])
    with refused("InvalidParameterCombination", "No instances specified"):
        world.ec2.stop_instances(InstanceIds=[])
    stranger = world.client("ec2", key="200000000003")
    with refused("InvalidInstanceID.NotFound"):
        stranger.describe_instances(InstanceIds=[world.run_one()])


@step
def protected_instances_stay(world):
    instance_id = world.run_one(DisableApiTermination=True, DisableApiStop=True)
    world.wait("instance_running", instance_id)
    modify = world.ec2.modify_instance_attribute
    with refused(
        "OperationNotPermitted",
        f"The instance '{instance_id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
    ):
        world.ec2.terminate_instances(InstanceIds=[instance_id])
    with refused("OperationNotPermitted"):
        world.ec2.stop_instances(InstanceIds=[instance_id])
    modify(InstanceId=instance_id, DisableApiStop={"Value": False})
    modify(InstanceId=instance_id, Attribute="disableApiTermination", Value="false")
    world.ec2.terminate_instances(InstanceIds=[instance_id])
    world.wait("instance_terminated", instance_id)


@step
def attributes_are_changed_one_at_a_time(world):
    instance_id = world.run_one(UserData="#!/bin/sh\necho hello")

    def attribute(attribute_name):
        answer = world.ec2.describe_instance_attribute(InstanceId=instance_id, Attribute=attribute_name)
        return answer[attribute_name[0].upper() + attribute_name[1:]]

    def modify(**more):
        world.ec2.modify_instance_attribute(InstanceId=instance_id, **more)

    same(base64.b64decode(attribute("userData")["Value"]), b"#!/bin/sh\necho hello")
    world.wait("instance_running", instance_id)
    with refused("IncorrectInstanceState"):
        modify(InstanceType={"Value": "t3.small"})
    with refused("InvalidParameterCombination"):
        modify(DisableApiStop={"Value": True}, EbsOptimized={"Value": True})
    with refused("InvalidParameterValue", "Value (colour) for parameter attribute is invalid. Unknown attribute."):
        world.ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="colour")
    modify(InstanceInitiatedShutdownBehavior={"Value": "terminate"})
    modify(SourceDestCheck={"Value": False})
    group_id = world.ec2.create_security_group(GroupName=name("g"), Description="g")["GroupId"]
    modify(Groups=[group_id])
    root = world.instance(instance_id)["RootDeviceName"]
    modify(BlockDeviceMappings=[{"DeviceName": root, "Ebs": {"DeleteOnTermination": False}}])
    same(attribute("instanceInitiatedShutdownBehavior"), {"Value": "terminate"})
    same(attribute("sourceDestCheck"), {"Value": False})
    answer = world.ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="groupSet")
    same([g["GroupId"] for g in answer["Groups"]], [group_id])
    answer = world.ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="blockDeviceMapping")
    same(answer["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"], False)
    world.ec2.stop_instances(InstanceIds=[instance_id])
    world.wait("instance_stopped", instance_id)
    modify(InstanceType={"Value": "t3.small"})
    modify(UserData={"Value": b"#!/bin/sh\necho again"})
    modify(EbsOptimized={"Value": True})
    same(attribute("instanceType"), {"Value": "t3.small"})
    same(base64.b64decode(attribute("userData")["Value"]), b"#!/bin/sh\necho again")
    same((attribute("ebsOptimized"), attribute("disableApiTermination")), ({"Value": True}, {"Value": False}))
    with refused("InvalidParameterValue"):
        modify(InstanceType={"Value": "x9.huge"})


@step
def metadata_options_are_changed(world):
    instance = world.run(MetadataOptions={"HttpTokens": "required", "InstanceMetadataTags": "enabled"})[0]
    same((instance["MetadataOptions"]["HttpTokens"], instance["MetadataOptions"]["HttpEndpoint"]), ("required", "enabled"))
    options = world.ec2.modify_instance_metadata_options(
        InstanceId=instance["InstanceId"], HttpPutResponseHopLimit=3, HttpEndpoint="disabled"
    )["InstanceMetadataOptions"]
    same((options["HttpTokens"], options["HttpPutResponseHopLimit"], options["HttpEndpoint"]), ("required", 3, "disabled"))
    with refused("InvalidParameterValue"):
        world.ec2.modify_instance_metadata_options(InstanceId=instance["InstanceId"], HttpPutResponseHopLimit=65)


@step
def monitoring_is_switched(world):
    instance_id = world.run_one()
    world.ec2.monitor_instances(InstanceIds=[instance_id])
    same(world.instance(instance_id)["Monitoring"], {"State": "enabled"})
    world.ec2.unmonitor_instances(InstanceIds=[instance_id])
    same(world.instance(instance_id)["Monitoring"], {"State": "disabled"})


@step
def a_console_is_read(world):
    instance_id = world.run_one()
    world.wait("instance_running", instance_id)
    output = world.ec2.get_console_output(InstanceId=instance_id, Latest=True)
    same(output["InstanceId"], instance_id)


@step
def credits_are_described(world):
    instance_id = world.run_one(CreditSpecification={"CpuCredits": "standard"})
    found = world.ec2.describe_instance_credit_specifications(InstanceIds=[instance_id])
    same(found["InstanceCreditSpecifications"], [{"InstanceId": instance_id, "CpuCredits": "standard"}])


# What instances have


@step
def volumes_outlive_instances_that_let_them(world):
    root = world.image()["RootDeviceName"]
    ebs = {"VolumeSize": 12, "VolumeType": "gp3", "DeleteOnTermination": False}
    instance_id = world.run_one(
        BlockDeviceMappings=[{"DeviceName": root, "Ebs": ebs}], TagSpecifications=tags("volume", Name="root")
    )
    attached = [{"Name": "attachment.instance-id", "Values": [instance_id]}]
    volume_id = world.ec2.describe_volumes(Filters=attached)["Volumes"][0]["VolumeId"]
    waiting = {"Delay": 1, "MaxAttempts": 180}
    world.ec2.get_waiter("volume_in_use").wait(VolumeIds=[volume_id], WaiterConfig=waiting)
    volume = world.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
    same((volume["Size"], volume["VolumeType"], volume["Iops"]), (12, "gp3", 3000))
    same(volume["Tags"], [{"Key": "Name", "Value": "root"}])
    same((volume["Attachments"][0]["Device"], volume["Attachments"][0]["DeleteOnTermination"]), (root, False))
    with refused("VolumeInUse"):
        world.ec2.delete_volume(VolumeId=volume_id)
    world.ec2.terminate_instances(InstanceIds=[instance_id])
    world.wait("instance_terminated", instance_id)
    world.ec2.get_waiter("volume_available").wait(VolumeIds=[volume_id], WaiterConfig=waiting)
    world.ec2.delete_volume(VolumeId=volume_id)
    world.ec2.get_waiter("volume_deleted").wait(VolumeIds=[volume_id], WaiterConfig=waiting)
    with refused("InvalidVolume.NotFound"):
        world.ec2.describe_volumes(VolumeIds=[volume_id])
    same(world.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [volume_id]}])["Tags"], [])


@step
def interfaces_outlive_instances_that_let_them(world):
    nic = {"DeviceIndex": 0, "DeleteOnTermination": False, "AssociatePublicIpAddress": False, "Description": "kept"}
    instance = world.run(NetworkInterfaces=[nic])[0]
    interface_id = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    found = world.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])["NetworkInterfaces"][0]
    same((found["Status"], found["Description"], found["TagSet"]), ("in-use", "kept", []))
    assert "Association" not in found
    with refused("InvalidParameterValue"):
        world.ec2.delete_network_interface(NetworkInterfaceId=interface_id)
    world.ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    world.wait("instance_terminated", instance["InstanceId"])
    world.ec2.get_waiter("network_interface_available").wait(NetworkInterfaceIds=[interface_id])
    world.ec2.delete_network_interface(NetworkInterfaceId=interface_id)


@step
def tags_are_put_found_and_taken(world):
    instance_id, key = world.run_one(), name("key")
    world.ec2.create_tags(Resources=[instance_id], Tags=[{"Key": key, "Value": "1"}, {"Key": "Name", "Value": "x"}])
    world.ec2.create_tags(Resources=[instance_id], Tags=[{"Key": key, "Value": "2"}])
    pages = world.ec2.get_paginator("describe_tags").paginate(Filters=[{"Name": "key", "Values": [key]}])
    found = [tag for page in pages for tag in page["Tags"]]
    same(found, [{"Key": key, "Value": "2", "ResourceId": instance_id, "ResourceType": "instance"}])
    world.ec2.delete_tags(Resources=[instance_id], Tags=[{"Key": key, "Value": "other"}])
    world.ec2.delete_tags(Resources=[instance_id], Tags=[{"Key": "Name"}])
    same(world.instance(instance_id)["Tags"], [{"Key": key, "Value": "2"}])
    with refused("InvalidInstanceID.NotFound"):
        world.ec2.create_tags(Resources=["i-00000000"], Tags=[{"Key": key, "Value": "1"}])
    with refused("InvalidParameterValue"):
        world.ec2.create_tags(Resources=[instance_id], Tags=[{"Key": "aws:x", "Value": "1"}])
    with refused("MissingParameter"):
        world.ec2.create_tags(Resources=[], Tags=[{"Key": key, "Value": "1"}])


@step
def regions_do_not_see_one_another(world):
    instance_id = world.run_one()
    elsewhere = world.client("ec2", region="eu-central-1")
    with refused("InvalidInstanceID.NotFound"):
        elsewhere.describe_instances(InstanceIds=[instance_id])
    assert world.default_vpc_id() not in [vpc["VpcId"] for vpc in elsewhere.describe_vpcs()["Vpcs"]]


# Systems Manager


@step
def parameters_are_kept_in_versions(world):
    path = f"/{name('app')}"
    for value in ("one", "two"):
        world.ssm.put_parameter(Name=f"{path}/db", Value=value, Type="String", Overwrite=True)
    world.ssm.label_parameter_version(Name=f"{path}/db", ParameterVersion=1, Labels=["stable"])
    read = lambda reference: world.ssm.get_parameter(Name=reference)["Parameter"]["Value"]
    same((read(f"{path}/db"), read(f"{path}/db:1"), read(f"{path}/db:stable")), ("two", "one", "one"))
    history = world.ssm.get_parameter_history(Name=f"{path}/db")["Parameters"]
    same([(p["Version"], p["Labels"]) for p in history], [(1, ["stable"]), (2, [])])
    with refused("ParameterAlreadyExists"):
        world.ssm.put_parameter(Name=f"{path}/db", Value="three", Type="String")
    with refused("ParameterVersionNotFound"):
        read(f"{path}/db:9")
    with refused("ParameterNotFound"):
        read(f"{path}/nothing")
    answer = world.ssm.get_parameters(Names=[f"{path}/db", f"{path}/nothing"])
    same((len(answer["Parameters"]), answer["InvalidParameters"]), (1, [f"{path}/nothing"]))
    same(world.ssm.delete_parameters(Names=[f"{path}/db"])["DeletedParameters"], [f"{path}/db"])


@step
def parameters_come_in_pages(world):
    path = f"/{name('many')}"
    for i in range(23):
        world.ssm.put_parameter(Name=f"{path}/{i:02}", Value=str(i), Type="String", Tags=[{"Key": "n", "Value": str(i % 2)}])
    pages = list(world.ssm.get_paginator("get_parameters_by_path").paginate(Path=path))
    same([len(page["Parameters"]) for page in pages], [10, 10, 3])
    below = {"Key": "Path", "Values": [path]}
    described = world.ssm.get_paginator("describe_parameters").paginate(ParameterFilters=[below])
    same(sum(len(page["Parameters"]) for page in described), 23)
    odd = world.ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[below, {"Key": "tag:n", "Values": ["1"]}], PaginationConfig={"PageSize": 50}
    )
    same(sum(len(page["Parameters"]) for page in odd), 11)


@step
def what_is_not_built_says_so(world):
    with refused("UnsupportedOperation", "cloudlet does not support ec2:DescribeLocalGateways yet."):
        world.ec2.describe_local_gateways()
    with refused("UnsupportedOperation", "cloudlet does not support ssm:DescribeOpsItems yet."):
        world.ssm.describe_ops_items()


if __name__ == "__main__":
    walk(World)
