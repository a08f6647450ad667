import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { WebSocket, WebSocketServer } from 'ws';

/**
 * The limit that a hop is compared with: a message of a WebSocket, one durable commit, a message to
 * each child. Nothing is checked, signed, or read.
 */
export class BareNode {
  private readonly server: WebSocketServer;
  private readonly database: pg.Client;
  private readonly onStored: (marker: string) => void;
  private readonly children = new Set<WebSocket>();
  private parent: WebSocket | undefined;

  private constructor(
    server: WebSocketServer,
    database: pg.Client,
    onStored: (marker: string) => void,
  ) {
    this.server = server;
    this.database = database;
    this.onStored = onStored;
    server.on('connection', (socket) => this.children.add(socket));
  }

  static async start(databaseUrl: string, onStored: (marker: string) => void): Promise<BareNode> {
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    await database.query('create table if not exists bench_bare (marker text)');
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new BareNode(server, database, onStored);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async join(parentUrl: string): Promise<void> {
    this.parent = new WebSocket(parentUrl);
    this.parent.on('message', (data: Buffer) => void this.take(data.toString()));
    await once(this.parent, 'open');
  }

  async take(marker: string): Promise<void> {
    await this.database.query('insert into bench_bare values ($1)', [marker]);
    this.onStored(marker);
    for (const child of this.children) child.send(marker);
  }

  async stop(): Promise<void> {
    this.parent?.terminate();
    for (const child of this.children) child.terminate();
    this.server.close();
    await this.database.end();
  }
}
