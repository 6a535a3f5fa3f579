export interface RetryPlan {
  /** Waits between tries, in milliseconds. There is one more try than waits. */
  waits: readonly number[];
  worthwhile: (error: unknown) => boolean;
  sleep?: (milliseconds: number) => Promise<void>;
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export async function retrying<T>(task: () => Promise<T>, plan: RetryPlan): Promise<T> {
  for (const wait of plan.waits) {
    try {
      return await task();
    } catch (error) {
      if (!plan.worthwhile(error)) throw error;
      await (plan.sleep ?? pause)(wait);
    }
  }
  return task();
}
