import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, HostRequest } from './host-protocol.ts';

const PROGRAM = fileURLToPath(new URL('smp-host.ts', import.meta.url));

/** A process that runs SMPs of a bench. */
export class Host {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, PromiseWithResolvers<Answer>>();
  private lastId = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', ({ id, result, error }: { id: number; result: Answer; error?: string }) => {
      const asked = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) asked?.resolve(result);
      else asked?.reject(new Error(error));
    });
    child.once('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('a host has ended'));
    });
  }

  static async start(): Promise<Host> {
    const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    return new Host(child);
  }

  ask(request: HostRequest): Promise<Answer> {
    const id = ++this.lastId;
    const asked = Promise.withResolvers<Answer>();
    this.waiting.set(id, asked);
    this.child.send({ id, request }, (error) => {
      if (error) asked.reject(error);
    });
    return asked.promise;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.child.kill(signal);
  }

  /** Lets its servers end, then the process; at once when it was killed. */
  async end(): Promise<void> {
    const { exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.ask({ op: 'STOP' }).then(
      () => this.child.disconnect(),
      () => this.child.kill('SIGKILL'),
    );
    await ended;
  }
}
