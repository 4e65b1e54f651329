// Machine images of a region. An image's id follows from its name, so it is the same in every cloud and after every
// restart, and needs no row. Only images of the host's own architecture are offered: no other would boot.

import { createHash } from 'node:crypto';
import { awsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { malformedId } from './ec2.errors.ts';
import { type Architecture, type BaseImageFacts, baseImageFacts, rootVolumeSizeGiB } from './images.facts.ts';

export interface Image {
  readonly imageId: string;
  /** The images driver's name of the system that its root volume starts with. */
  readonly baseImage: string;
  readonly name: string;
  readonly description: string;
  readonly ownerId: string;
  readonly ownerAlias: string;
  readonly architecture: Architecture;
  readonly rootDeviceName: string;
  readonly sizeGiB: number;
  readonly snapshotId: string;
  /** Whom to log in as: `admin`. */
  readonly defaultUser: string;
  readonly creationDate: string;
  readonly parameterNames: readonly string[];
}

/** This host's, in EC2's words. */
export const hostArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';

export function listImages(region: string, architecture: Architecture = hostArchitecture): readonly Image[] {
  return baseImageFacts.map((facts) => imageOf(facts, region, architecture));
}

export function getImage(region: string, imageId: string): Image | undefined {
  return listImages(region).find((image) => image.imageId === imageId);
}

/** The image, or AWS's error for an id that is malformed or unknown. */
export function requireImage({ region }: OperationContext, imageId: string): Image {
  if (!imageIdPattern.test(imageId)) throw malformedId('InvalidAMIID.Malformed', imageId, 'ami');
  const image = getImage(region, imageId);
  if (!image) throw awsError('InvalidAMIID.NotFound', `The image id '[${imageId}]' does not exist`);
  return image;
}

const imageIdPattern = /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

const parameterPrefix = 'resolve:ssm:';

/** What RunInstances takes as ImageId: an id, or `resolve:ssm:` and the name of a parameter that holds one. */
export function resolveImageId(ctx: OperationContext, imageId: string): string {
  if (!imageId.startsWith(parameterPrefix)) return imageId;
  const Name = imageId.slice(parameterPrefix.length);
  const { Parameters = [] } = ctx.client('ssm').GetParameters({ Names: [Name] });
  const value = Parameters[0]?.Value;
  if (value === undefined) {
    throw awsError('InvalidParameterValue', `The Systems Manager parameter '${Name}' given as ImageId does not exist`);
  }
  return value;
}

function imageOf(facts: BaseImageFacts, region: string, architecture: Architecture): Image {
  const { baseImage, ownerId, ownerAlias, rootDeviceName, defaultUser, creationDate } = facts;
  const identity = `${region}/${ownerId}/${baseImage}/${architecture}`;
  return {
    imageId: stableId('ami', identity),
    snapshotId: stableId('snap', identity),
    baseImage,
    name: facts.name(architecture),
    description: facts.description(architecture),
    ownerId,
    ownerAlias,
    architecture,
    rootDeviceName,
    sizeGiB: rootVolumeSizeGiB,
    defaultUser,
    creationDate,
    parameterNames: facts.parameterNames(architecture),
  };
}

function stableId(prefix: string, identity: string): string {
  return `${prefix}-0${createHash('sha256').update(`${prefix}/${identity}`).digest('hex').slice(0, 16)}`;
}
