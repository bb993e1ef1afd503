/** RFC 2782: where a service is. The target "." says that the service is not there at all. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/**
 * RFC 2782, "Usage rules": lowest priority first, and within one priority drawn by weight, so that a target with twice
 * the weight comes first twice as often. `random` returns a number in [0, 1).
 */
export function orderSrv(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) => {
    return drawByWeight(
      records.filter((record) => record.priority === priority),
      random,
    );
  });
}

function drawByWeight(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  // Weight 0 comes first, so that it has a small chance beside greater weights.
  const left = [...records].sort((a, b) => Math.sign(a.weight) - Math.sign(b.weight));
  const drawn: SrvRecord[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, { weight }) => total + weight, 0);
    const mark = Math.floor(random() * (sum + 1));
    let running = 0;
    const index = left.findIndex(({ weight }) => {
      running += weight;
      return running >= mark;
    });
    drawn.push(...left.splice(Math.max(index, 0), 1));
  }
  return drawn;
}
