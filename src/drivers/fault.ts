// How a simulation disturbs a fake driver: every act passes through `act`, so latency and failures, before or after
// the effect, come from one injected plan.

export interface FaultPlan {
  /** Called before an act takes effect; may wait, and may throw instead of letting it happen. */
  before(act: string): Promise<void>;
  /** Called after an act took effect; may wait, and may throw although it happened. */
  after(act: string): Promise<void>;
}

export const noFaults: FaultPlan = {
  before: async () => undefined,
  after: async () => undefined,
};

/** Runs `effect` as the act named `name` (`disks.ensureAttached vol-1`), disturbed by `plan`. */
export async function act<T>(plan: FaultPlan, name: string, effect: () => T | Promise<T>): Promise<T> {
  await plan.before(name);
  const result = await effect();
  await plan.after(name);
  return result;
}
