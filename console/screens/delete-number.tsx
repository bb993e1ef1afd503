import { useQuery } from "@tanstack/react-query";
import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import { brokenBy } from "../model/number-words.ts";
import { phoneNumbers } from "../resources.ts";
import { ConfirmAction } from "../ui/confirm-action.tsx";
import { QueryState } from "../ui/notice.tsx";

/** Says what stops working before the number goes; what is up now is looked up when it opens. */
export function DeleteNumber(props: { number: PhoneNumberView; onClose: () => void }) {
  const { number } = props;
  const id = number.phone_number_id;
  const query = useQuery({
    queryKey: ["number-activity", "one", id],
    queryFn: async ({ signal }) => (await phoneNumbers.activity([id], signal)).get(id) ?? null,
    staleTime: 0,
  });
  return (
    <ConfirmAction
      title={`Delete ${number.phone_number}?`}
      confirm="Delete the number"
      act={() => phoneNumbers.remove(id)}
      words={`${number.phone_number} is deleted.`}
      lists="phone-numbers"
      onClose={props.onClose}
    >
      <p>This will break:</p>
      <ul>
        {brokenBy(number, query.data ?? null).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <QueryState query={query} what="what is up now" />
      <p className="muted">
        Passwords of its trunks are erased; calls that were made stay in the history.
      </p>
      <p>The number itself stays yours at the carrier: redirect it there first.</p>
    </ConfirmAction>
  );
}
