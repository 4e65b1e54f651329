// What a guest wrote to its console, read from the hypervisor when asked: always the latest, whether or not that is asked.

import type { AsyncOperations } from '../../aws/operation.ts';
import type { Ec2Api } from '../../generated/ec2.types.ts';
import { requireInstance } from './instances.ts';

export const consoleOperations = {
  async GetConsoleOutput(ctx, { InstanceId }) {
    ctx.transact((inner) => requireInstance(inner, InstanceId));
    const output = await ctx.drivers.hypervisor.consoleOutput(InstanceId);
    const Output = output.byteLength > 0 ? Buffer.from(output).toString('base64') : undefined;
    return { InstanceId, Timestamp: ctx.nowMs, Output };
  },
} satisfies AsyncOperations<Ec2Api>;
