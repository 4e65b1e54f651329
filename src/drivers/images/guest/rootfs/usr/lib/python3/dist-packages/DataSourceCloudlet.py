"""cloud-init's own Ec2 datasource, told that it is on AWS, and that the network is not its business.

It recognises AWS by the machine's firmware, which a container shares with its host. The host has configured the
network before the boot, and no udev tells of interfaces that come later.
"""

from cloudinit import event, sources
from cloudinit.sources import DataSourceEc2 as ec2


class DataSourceEc2(ec2.DataSourceEc2):
    perform_dhcp_setup = False
    network_config = None
    supported_update_events = {
        scope: events - {event.EventType.HOTPLUG}
        for scope, events in ec2.DataSourceEc2.supported_update_events.items()
    }

    def _get_cloud_name(self):
        return ec2.CloudNames.AWS

    def wait_for_metadata_service(self):
        # Older versions first resolve names that do not exist, though the address is a number: 20 s on a host that
        # is offline.
        is_resolvable_url = ec2.util.is_resolvable_url
        ec2.util.is_resolvable_url = lambda url: True
        try:
            return super().wait_for_metadata_service()
        finally:
            ec2.util.is_resolvable_url = is_resolvable_url


def get_datasource_list(depends):
    return sources.list_from_depends(depends, [(DataSourceEc2, (sources.DEP_FILESYSTEM,))])
