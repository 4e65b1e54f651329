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


def get_datasource_list(depends):
    return sources.list_from_depends(depends, [(DataSourceEc2, (sources.DEP_FILESYSTEM,))])
