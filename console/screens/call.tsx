import { Tabs } from "@base-ui/react/tabs";
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useMemo } from "react";
import type { ConversationView } from "../../schema/contracts/conversation.ts";
import { type Ladder, ladderOf } from "../model/ladder.ts";
import { verdictOf } from "../model/verdict.ts";
import { codeWords, durationWords, visibleText } from "../model/words.ts";
import { conversations } from "../resources.ts";
import { useParam } from "../router.tsx";
import { Loading, QueryState } from "../ui/notice.tsx";
import { CopyLine, PageHead } from "../ui/parts.tsx";
import { Foreign, Phone, Time } from "../ui/values.tsx";
import { Transcript } from "./call-transcript.tsx";
import { StatusBadge } from "./calls.tsx";
import { SipLadder } from "./sip-ladder.tsx";

// Charts and waves come when they are looked at.
const Quality = lazy(async () => ({ default: (await import("./call-quality.tsx")).Quality }));
const Deliveries = lazy(async () => ({
  default: (await import("./webhook-deliveries.tsx")).Deliveries,
}));
const Recording = lazy(async () => ({ default: (await import("./call-recording.tsx")).Recording }));

const LIVE_MS = 3_000;
/** Characters of a caller's name in a heading: the whole stands among the facts. */
const MAX_TITLE = 48;

/** One call: the verdict first, then everything that is known. */
export function CallScreen({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ["call", id],
    queryFn: ({ signal }) => conversations.get(id, signal),
    refetchInterval: ({ state }) => (state.data?.end === null ? LIVE_MS : false),
  });
  const call = query.data;
  const messages = useQuery({
    queryKey: ["call", id, "sip", call?.end === null],
    queryFn: ({ signal }) => conversations.sipMessages(id, signal),
    enabled: call !== undefined,
  });
  const role = call?.metadata.phone_call.direction === "outbound" ? "Carrier" : "Caller";
  const ladder = useMemo(
    () => (messages.data === undefined ? null : ladderOf(messages.data, role)),
    [messages.data, role],
  );
  return (
    <>
      <PageHead
        title={call === undefined ? "Call" : titleOf(call)}
        about={<CopyLine text={id} label="the identifier" />}
        back={{ to: "/calls", name: "Call history" }}
      >
        {call === undefined ? null : <StatusBadge status={call.status} />}
      </PageHead>
      <QueryState query={query} what="the call" />
      {call === undefined ? null : (
        <>
          <Verdict
            call={call}
            ladder={ladder === null || ladder.rungs.length === 0 ? null : ladder}
          />
          <CallTabs call={call} ladder={ladder} messages={messages} />
        </>
      )}
    </>
  );
}

/** From whom, or to whom; a caller may hide. */
function titleOf(call: ConversationView): string {
  const { direction, external_number: other } = call.metadata.phone_call;
  if (other === "") return direction === "inbound" ? "Inbound call" : "Outbound call";
  const name = visibleText(other);
  const short = name.length > MAX_TITLE ? `${name.slice(0, MAX_TITLE)}…` : name;
  return `Call ${direction === "inbound" ? "from" : "to"} ${short}`;
}

function Verdict({ call, ladder }: { call: ConversationView; ladder: Ladder | null }) {
  return (
    <section className="verdict" aria-label="Verdict">
      <h2>In plain words</h2>
      <ol>
        {verdictOf(call, ladder).map((answer) => (
          <li key={answer.question} data-state={answer.state}>
            <strong>{answer.question}</strong>
            <Foreign text={answer.words} />
          </li>
        ))}
      </ol>
    </section>
  );
}

interface SipQuery {
  readonly error: unknown;
  readonly isPending: boolean;
  readonly refetch: () => Promise<unknown>;
}

function CallTabs(props: { call: ConversationView; ladder: Ladder | null; messages: SipQuery }) {
  const { call, ladder } = props;
  const [tab, setTab] = useParam("tab");
  const panels: readonly {
    readonly name: string;
    readonly title: string;
    readonly view: ReactNode;
  }[] = [
    { name: "overview", title: "Overview", view: <Overview call={call} /> },
    { name: "transcript", title: "Transcript", view: <Transcript call={call} /> },
    { name: "phone-call", title: "Phone call", view: <PhoneCall call={call} /> },
    {
      name: "ladder",
      title: "SIP ladder",
      view: (
        <>
          <QueryState query={props.messages} what="SIP messages" />
          {ladder === null ? null : (
            <SipLadder ladder={ladder} conversationId={call.conversation_id} />
          )}
        </>
      ),
    },
    {
      name: "quality",
      title: "Quality",
      view: <Quality id={call.conversation_id} isOver={call.end !== null} />,
    },
    { name: "recording", title: "Recording", view: <Recording call={call} /> },
    {
      name: "webhooks",
      title: "Webhooks",
      view: (
        <Deliveries
          filter={{ conversation_id: call.conversation_id }}
          names="endpoint"
          none="No webhook has been told of this call."
        />
      ),
    },
  ];
  const shown = panels.some(({ name }) => name === tab) ? tab : "overview";
  return (
    <Tabs.Root
      value={shown}
      onValueChange={(value) => setTab(value === "overview" ? "" : String(value))}
    >
      <Tabs.List className="tabs" aria-label="About the call">
        {panels.map(({ name, title }) => (
          <Tabs.Tab className="tab" value={name} key={name}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {panels.map(({ name, view }) => (
        <Tabs.Panel value={name} key={name} className="stack panel">
          <Suspense fallback={<Loading what="the tab" />}>{view}</Suspense>
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Overview({ call }: { call: ConversationView }) {
  const { metadata, end } = call;
  const accepted = metadata.accepted_time_unix_secs;
  return (
    <section className="card" aria-label="Overview">
      <dl className="facts">
        <Fact name="Began">
          <Time atMs={metadata.start_time_unix_secs * 1_000} />
        </Fact>
        <Fact name="Answered">
          {accepted === null ? "Never" : <Time atMs={accepted * 1_000} />}
        </Fact>
        <Fact name="Lasted">{durationWords(metadata.call_duration_secs)}</Fact>
        {metadata.queue_wait_secs === undefined ? null : (
          <Fact name="Waited in the queue">{durationWords(metadata.queue_wait_secs)}</Fact>
        )}
        <Fact name="Agent">
          <Foreign text={call.agent_name ?? "None"} />
        </Fact>
        {end === null ? null : (
          <Fact name="End">
            {codeWords(end.code)} <code>{end.code}</code>
          </Fact>
        )}
        {metadata.warnings.length === 0 ? null : (
          <Fact name="Warnings">
            <Foreign text={metadata.warnings.join("; ")} />
          </Fact>
        )}
        {call.transfers.map((transfer) => (
          <Fact name="Transfer" key={`${transfer.time_unix_secs} ${transfer.destination}`}>
            <Foreign text={transfer.destination} />: {transfer.outcome}.{" "}
            <Foreign text={transfer.reason} />
          </Fact>
        ))}
        {call.answering_machine_detection === null ? null : (
          <Fact name="Who answered">{codeWords(call.answering_machine_detection.verdict)}</Fact>
        )}
      </dl>
    </section>
  );
}

/** What the carrier signalled, as agents see it. */
function PhoneCall({ call }: { call: ConversationView }) {
  const { phone_call: phone } = call.metadata;
  const isInbound = phone.direction === "inbound";
  const variables = Object.entries(phone.sip_header_dynamic_variables);
  return (
    <>
      <section className="card" aria-label="Phone call">
        <dl className="facts">
          <Fact name="Direction">{isInbound ? "Inbound" : "Outbound"}</Fact>
          <Fact name={isInbound ? "Caller" : "Called"}>
            <Phone number={phone.external_number} />
          </Fact>
          <Fact name="Your number">
            <Phone number={phone.agent_number} />
          </Fact>
          <Fact name="SIP Call-ID">
            <code>
              <Foreign text={phone.call_id ?? "None"} />
            </code>
          </Fact>
          <Fact name="Call">
            <code>{phone.call_sid}</code>
          </Fact>
          <Fact name="Codec">{call.quality?.codec ?? "Not known"}</Fact>
          <Fact name="Encryption">
            {call.quality === null ? "Not known" : (call.quality.srtp_suite ?? "None: plain RTP")}
          </Fact>
        </dl>
      </section>
      <section className="card" aria-label="Header variables">
        <h2>Header variables</h2>
        {variables.length === 0 ? (
          <p className="muted">
            The INVITE had no X- headers. What a carrier sends in them is known to the agent as
            sip_… variables.
          </p>
        ) : (
          <dl className="facts">
            {variables.map(([name, value]) => (
              <Fact name={name} key={name}>
                <Foreign text={value} />
              </Fact>
            ))}
          </dl>
        )}
      </section>
    </>
  );
}
