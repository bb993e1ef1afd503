import { expect } from "vitest";
import type { ApiClient } from "./api-client.ts";
import { type Carrier, type CarrierCall, startCarrier } from "./carrier.ts";
import { eventually } from "./deadline.ts";
import { CALLED, numberWithTrunk, placeOutboundCall } from "./outbound-client.ts";

const FURTHER = "+15005550198";
const PATIENCE_MS = 20_000;

/** The body of an order, and the carrier that it is dialled over. */
export interface CarriedOrder extends AsyncDisposable {
  readonly carrier: Carrier;
  readonly order: object;
  /** Another call over the same trunk comes through, and only then is it counted what was dialled before it. */
  expectDialledOnce(): Promise<void>;
}

/** Does that with calls to the number of the order; the further ones of `expectDialledOnce` are refused. */
export async function orderOver(
  api: ApiClient,
  agentId: string,
  invited: (call: CarrierCall) => void,
): Promise<CarriedOrder> {
  const carrier = await startCarrier((call, { startLine }) => {
    if (startLine.includes(CALLED)) invited(call);
    else call.reply("486 Busy Here");
  });
  const { order } = await numberWithTrunk(api, agentId, { address: carrier.address });
  return {
    carrier,
    order,
    async expectDialledOnce() {
      const next = await eventually(
        async () => {
          const { body } = await placeOutboundCall(api, { ...order, to_number: FURTHER });
          return body.sip_call_id as string | null;
        },
        PATIENCE_MS,
        "no further call could be placed",
      );
      expect(carrier.calls.at(-1)?.callId).toBe(next);
      const called = carrier.calls.flatMap(({ invites }) =>
        invites.map(({ startLine }) => startLine),
      );
      expect(called.filter((startLine) => startLine.includes(CALLED))).toHaveLength(1);
    },
    [Symbol.asyncDispose]: () => carrier[Symbol.asyncDispose](),
  };
}
