// The base images that a region offers as public AMIs, named as their publishers name theirs.
// https://wiki.debian.org/Cloud/AmazonEC2Image · https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/

export type Architecture = 'x86_64' | 'arm64';

export interface BaseImageFacts {
  /** The images driver's name for it. */
  readonly baseImage: string;
  readonly ownerId: string;
  readonly ownerAlias: string;
  readonly rootDeviceName: string;
  readonly defaultUser: string;
  /** When the recipe that it is built by was last changed. */
  readonly creationDate: string;
  readonly name: (architecture: Architecture) => string;
  readonly description: (architecture: Architecture) => string;
  /** Systems Manager's public parameters whose value is the image's id. */
  readonly parameterNames: (architecture: Architecture) => readonly string[];
}

export const rootVolumeSizeGiB = 8;
export const rootVolumeType = 'gp3';

/** Publishers of Linux call x86_64 by its other name. */
const debianName = (architecture: Architecture): string => (architecture === 'x86_64' ? 'amd64' : architecture);

export const baseImageFacts: readonly BaseImageFacts[] = [
  {
    baseImage: 'debian-12',
    ownerId: '136693071363',
    ownerAlias: 'amazon',
    rootDeviceName: '/dev/xvda',
    defaultUser: 'admin',
    creationDate: '2026-11-02T00:00:00.000Z',
    name: (architecture) => `debian-12-${debianName(architecture)}-20261102-2284`,
    description: () => 'Debian 12 (20261102-2284)',
    parameterNames: (architecture) => [`/aws/service/debian/release/12/latest/${debianName(architecture)}`],
  },
  {
    baseImage: 'ubuntu-24.04',
    ownerId: '099720109477',
    ownerAlias: 'amazon',
    rootDeviceName: '/dev/sda1',
    defaultUser: 'ubuntu',
    creationDate: '2026-11-02T00:00:00.000Z',
    name: (architecture) => `ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-${debianName(architecture)}-server-20261102`,
    description: (architecture) => `Canonical, Ubuntu, 24.04, ${debianName(architecture)} noble image`,
    parameterNames: (architecture) =>
      ['24.04', 'noble'].flatMap((release) =>
        ['current', '20261102'].map(
          (serial) =>
            `/aws/service/canonical/ubuntu/server/${release}/stable/${serial}/${debianName(architecture)}/hvm/ebs-gp3/ami-id`,
        ),
      ),
  },
];
