// How Describe operations page, in the words of whoever at AWS built them: EC2's first operations, the VPC's and the
// security group rules' each have a dialect of their own.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { PageBounds, PageErrors } from '../../aws/paginate.ts';
import { invalidParameterCombination, invalidParameterValue } from './ec2.errors.ts';

export interface PagingDialect extends PageErrors {
  readonly bounds: PageBounds;
  /** Thrown above the bounds' maximum; without it, asking for more gets the maximum. */
  readonly tooLarge?: (maxResults: number, max: number) => AwsError;
  /** Thrown when MaxResults comes with ids; without it, AWS does not mind. */
  readonly withIds?: () => AwsError;
}

const usual: PageBounds = { min: 5, max: 1000 };

/** DescribeInstances, DescribeImages, DescribeTags …; `idsParameter` as the error names it: `instancesSet`. */
export function classicPaging(idsParameter?: string, bounds: PageBounds = usual): PagingDialect {
  return {
    bounds,
    invalidToken: () => invalidParameterValue('Unable to parse pagination token'),
    invalidMaxResults: (maxResults, min) =>
      invalidParameterValue(
        `Value ( ${maxResults} ) for parameter maxResults is invalid. Expecting a value greater than ${min}.`,
      ),
    ...(idsParameter !== undefined && {
      withIds: () =>
        invalidParameterCombination(`The parameter ${idsParameter} cannot be used with the parameter maxResults`),
    }),
  };
}

export const securityGroupPaging: PagingDialect = {
  ...classicPaging('securityGroupIdSet'),
  tooLarge: (maxResults, max) =>
    invalidParameterValue(
      `Value ( ${maxResults} ) for parameter maxResults is invalid. Expecting a value smaller than ${max}.`,
    ),
};

/** DescribeVpcs, DescribeSubnets …; `idsParameter` as in the model: `VpcIds`. */
export function vpcPaging(idsParameter: string, bounds: PageBounds = usual): PagingDialect {
  return {
    bounds,
    invalidToken: (token) =>
      invalidParameterValue(`Value ( ${token} ) for parameter NextToken is invalid. The token is invalid.`),
    invalidMaxResults: (maxResults, min) => outOfBounds(maxResults, `greater than or equal to ${min}`),
    tooLarge: (maxResults, max) => outOfBounds(maxResults, `smaller than or equal to ${max}`),
    withIds: () =>
      invalidParameterCombination(`The parameter ${idsParameter} cannot be used with the parameter MaxResults`),
  };
}

/** DescribeSecurityGroupRules. */
export function rulePaging(idsParameter: string): PagingDialect {
  return {
    ...vpcPaging(idsParameter),
    invalidToken: (token) => awsError('InvalidPaginationToken', `Next token '${token}' is invalid`),
    withIds: () =>
      invalidParameterCombination(`The parameter '${idsParameter}' may not be used in combination with 'maxResults'.`),
  };
}

function outOfBounds(maxResults: number, expected: string): AwsError {
  return invalidParameterValue(
    `Value ( ${maxResults} ) for parameter MaxResults is invalid. Expecting a value ${expected}.`,
  );
}
