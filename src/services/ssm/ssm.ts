// Systems Manager's manifest: Parameter Store, so far.

import type { Service } from '../../aws/service.ts';
import { parameterLabelOperations } from './parameter-labels.operations.ts';
import { parameterListOperations } from './parameter-lists.operations.ts';
import { parameterTagOperations } from './parameter-tags.operations.ts';
import { parameterOperations } from './parameters.operations.ts';
import { ssmAuthorization } from './ssm.authorization.ts';

export const ssm: Service = {
  id: 'ssm',
  operations: {
    ...parameterOperations,
    ...parameterListOperations,
    ...parameterLabelOperations,
    ...parameterTagOperations,
  },
  authorization: ssmAuthorization,
};
