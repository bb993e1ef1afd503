import type {
  AgentRoute,
  InboundRoute,
  InboundTrunkRoute,
  OutboundTrunkRoute,
  PhoneNumberRoute,
} from "../../schema/contracts/routing.ts";

type Transfers = InboundRoute["transfers"];

/** Where a call of the number may be sent on to: what the number allows and what its agent does. */
export function allowedDestinations(
  number: PhoneNumberRoute,
  agent: AgentRoute,
): Transfers["destinations"] {
  return [...new Set([...number.transferDestinations, ...agent.transferDestinations])];
}

/** How the trunk that the REFER goes out on wants phone numbers; `outbound` is where they would be called. */
export function phoneHostOf(
  { phoneTransferForm }: Pick<InboundTrunkRoute, "phoneTransferForm">,
  outbound: OutboundTrunkRoute,
): Transfers["phoneHost"] {
  return phoneTransferForm === "sip" ? outbound.address : null;
}
