import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { RouteTestView } from "../../schema/contracts/route-test.ts";
import { ApiProblem, fieldProblem } from "../model/problem.ts";
import { codeWords } from "../model/words.ts";
import { routeTests } from "../resources.ts";
import { useParam } from "../router.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { Badge, Button, PageHead, type Tone } from "../ui/parts.tsx";
import { Foreign } from "../ui/values.tsx";

type Transport = "tls" | "tcp" | "udp";
const TRANSPORTS = [
  { value: "tls", label: "TLS" },
  { value: "tcp", label: "TCP" },
  { value: "udp", label: "UDP" },
] as const;

/** What would become of a call, asked of a node without calling. */
export function RouteTestScreen() {
  const [askedSource] = useParam("source");
  const [askedUser] = useParam("user");
  const [host] = useParam("host");
  const [askedTransport] = useParam("transport");
  const [askedFrom] = useParam("from");
  const [source, setSource] = useState(askedSource);
  const [user, setUser] = useState(askedUser);
  const [from, setFrom] = useState(askedFrom);
  const [transport, setTransport] = useState<Transport>(
    TRANSPORTS.find(({ value }) => value === askedTransport)?.value ?? "tls",
  );
  const test = useMutation({
    mutationFn: () =>
      routeTests.run({
        source_address: source.trim(),
        transport,
        from: from.trim(),
        ...(host === ""
          ? { phone_number: user.trim() }
          : { request_uri: { user: user.trim(), host } }),
      }),
  });
  const problem = test.error instanceof ApiProblem ? test.error : null;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (!test.isPending) test.mutate();
  };
  return (
    <>
      <PageHead
        title="Route test"
        about="Ask a node what it would do with a call, rule by rule. Nothing rings."
      />
      <form className="card" onSubmit={send} noValidate>
        <div className="columns">
          <TextField
            label="Source address"
            value={source}
            onText={setSource}
            wrong={fieldProblem(problem, "/source_address")}
            placeholder="203.0.113.7"
            help="Of the carrier's server, as we see it."
          />
          <TextField
            label="Dialled number"
            value={user}
            onText={setUser}
            wrong={fieldProblem(problem, "/phone_number") ?? fieldProblem(problem, "/request_uri")}
            placeholder="+493012345678"
            help="As it stands in the Request-URI."
          />
          <TextField
            label="Caller"
            value={from}
            onText={setFrom}
            wrong={fieldProblem(problem, "/from")}
            help="The user part of From."
          />
          <SelectField
            label="Transport"
            value={transport}
            options={TRANSPORTS}
            onValue={setTransport}
          />
        </div>
        <div>
          <Button look="primary" type="submit" aria-disabled={test.isPending}>
            {test.isPending ? "Asking…" : "Test"}
          </Button>
        </div>
        <ProblemNotice error={test.error} />
      </form>
      {test.data === undefined ? null : <Answer answer={test.data} />}
    </>
  );
}

const OUTCOMES: Readonly<
  Record<RouteTestView["rules"][number]["outcome"], readonly [string, Tone]>
> = {
  passed: ["Passed", "good"],
  refused: ["Refused", "bad"],
  not_tested: ["Not tested", "plain"],
};

function Answer({ answer }: { answer: RouteTestView }) {
  return (
    <section className="stack" aria-label="Answer" role="status">
      <div className={answer.accepted ? "notice good" : "notice bad"}>
        <strong>
          {answer.accepted
            ? `The call would be taken${answer.agent_name === null ? "" : ` by ${answer.agent_name}`}.`
            : `The call would be refused${answer.sip_status === null ? "" : ` with ${answer.sip_status}`}: ${codeWords(answer.code ?? "")}.`}
        </strong>
        {answer.matched_by === null ? null : <span>Found by: {codeWords(answer.matched_by)}.</span>}
      </div>
      <ol className="talk">
        {answer.rules.map((rule) => (
          <li key={rule.rule}>
            <div className="row middle">
              <strong>{codeWords(rule.rule)}</strong>
              <Badge tone={OUTCOMES[rule.outcome][1]}>{OUTCOMES[rule.outcome][0]}</Badge>
            </div>
            <Foreign text={rule.detail} />
            {rule.hint === null ? null : (
              <p className="muted">
                What would pass: <Foreign text={rule.hint} />
              </p>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
