// How a simulation disturbs a fake driver: every act passes through `act`, so latency and failures, before or after
// the effect, come from one injected plan. A fake also watches its callers: what a real driver would let pass by luck
// (two acts at once on one thing) is written down here, and a test asserts that nothing was.

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

export interface Stage {
  /** Changes the thing `id`: disturbed by the plan, and a violation while another change of the same thing is under way. */
  change<T>(verb: string, id: string, effect: () => T | Promise<T>): Promise<T>;
  /** Looks at the world: disturbed by the plan, at any time. */
  look<T>(verb: string, effect: () => T): Promise<T>;
  /** Writes down that a caller broke the driver's contract, and throws it. */
  violate(what: string): never;
  /** The caller died: what it had under way no longer stands in anybody's way, though it may still take effect. */
  abandon(): void;
  /** What callers did wrong, oldest first. Tests expect it to be empty. */
  readonly violations: readonly string[];
}

/** Where the acts of one fake driver happen: `createStage('disks', plan)`. */
export function createStage(driver: string, plan: FaultPlan): Stage {
  const underWay = new Map<string, { readonly verb: string }>();
  const violations: string[] = [];
  const violate = (what: string): never => {
    violations.push(`${driver}: ${what}`);
    throw new Error(`${driver}: ${what}`);
  };
  return {
    async change(verb, id, effect) {
      const other = underWay.get(id);
      if (other) violate(`${verb} of ${id} during ${other.verb}`);
      const mine = { verb };
      underWay.set(id, mine);
      try {
        return await act(plan, `${driver}.${verb} ${id}`, effect);
      } finally {
        if (underWay.get(id) === mine) underWay.delete(id);
      }
    },
    look: (verb, effect) => act(plan, `${driver}.${verb}`, effect),
    violate,
    abandon: () => underWay.clear(),
    violations,
  };
}
