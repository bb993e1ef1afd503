import type { MachineVerbs } from "./command-line.ts";

/** Each is loaded when it is used: a call needs no bundler, a start no phone. */
export const machineVerbs: MachineVerbs = (terminal, context) => ({
  async start(options) {
    const { runStart } = await import("./start/start.ts");
    return runStart(options, terminal, context);
  },
  async call(target, options) {
    const { runCall } = await import("./call/run-call.ts");
    return runCall(target, options, terminal);
  },
  async doctor(target, options) {
    const { runDoctor } = await import("./doctor/run-doctor.ts");
    return runDoctor(target, options, terminal);
  },
  async enrol(options) {
    const { runEnrol } = await import("./enrol/run-enrol.ts");
    return runEnrol(options, terminal);
  },
  async controlPlane(folder, options) {
    const { writeControlPlane } = await import("./control-plane/write-control-plane.ts");
    return writeControlPlane(folder, options, terminal);
  },
  async migrate(options) {
    const { runMigrate } = await import("./control-plane/migrate.ts");
    return runMigrate(options, terminal);
  },
  async operate(action) {
    const { runOperatorAction } = await import("./operate/run-operator-action.ts");
    return runOperatorAction(action, terminal);
  },
});
