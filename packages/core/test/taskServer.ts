import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TaskInfo } from '../src/types'

export interface SeenRequest {
  method: string
  /** Path and query. */
  url: string
  headers: IncomingMessage['headers']
  body: string
}

/** Answers one request instead of the server's own way; returning true lets that go on. */
export type Fault = (request: SeenRequest, response: ServerResponse) => unknown

/** The REST contract over real HTTP, with tasks that the test moves along, and faults on demand. */
export class TaskServer {
  tasks: Record<string, TaskInfo> = {}
  requests: SeenRequest[] = []
  /** Each is used up by one request, in this order. */
  faults: Fault[] = []
  /** Answers every request while it is set. */
  fault: Fault | undefined
  /** Makes a created task what it should be. */
  onCreate: (info: TaskInfo) => Partial<TaskInfo> = () => ({})
  private keys: Record<string, string> = {}
  private server = createServer((request, response) => void this.handle(request, response))
  private count = 0

  async start(port = 0): Promise<this> {
    this.server.listen(port, '127.0.0.1')
    await once(this.server, 'listening')
    return this
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, 'close')
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get baseURL(): string {
    return `${this.origin}/tasks/`
  }

  get polls(): SeenRequest[] {
    return this.requests.filter(({ url }) => url.includes('?uuid='))
  }

  get posts(): SeenRequest[] {
    return this.requests.filter(({ method }) => method === 'POST')
  }

  add(fields: Partial<TaskInfo> = {}): TaskInfo {
    const number = String(++this.count).padStart(12, '0')
    const info = {
      uuid: `00000000-0000-4000-8000-${number}`,
      task: 'sum',
      status: 'pending',
      progress: null,
      target: null,
      inputs: {},
      outputs: {},
      messages: [],
      created: '2026-01-01T00:00:00Z',
      started: null,
      finished: null,
      version: 1,
      attempt: 0,
      max_attempts: 1,
      error: null,
      cancel_requested: false,
      ...fields,
    } as TaskInfo
    this.tasks[info.uuid] = info
    return info
  }

  /** Changes a task as a worker would: its version grows. */
  change(uuid: string, fields: Partial<TaskInfo>): void {
    const info = this.tasks[uuid] as TaskInfo
    this.tasks[uuid] = { ...info, version: info.version + 1, ...fields } as TaskInfo
  }

  succeed(uuid: string, outputs: Record<string, unknown> = {}): void {
    this.change(uuid, { status: 'succeeded', outputs, finished: '2026-01-01T00:00:01Z' } as Partial<TaskInfo>)
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const seen = {
      method: request.method as string,
      url: request.url as string,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    }
    this.requests.push(seen)
    const fault = this.faults.shift() || this.fault
    if (!fault || fault(seen, response) === true) this.answer(seen, response)
  }

  /** Answers as the real server would. */
  answer({ method, url, headers, body }: SeenRequest, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, this.origin)
    const [, uuid = '', action] = /^\/tasks\/(?:([^/]+)\/(\w+)\/)?$/.exec(pathname) || ['', 'none']
    if (method === 'GET' && !uuid) json(response, 200, this.list(searchParams))
    else if (method === 'POST' && !uuid) this.create(response, body, headers['idempotency-key'] as string)
    else if (method === 'POST' && this.tasks[uuid]) this.act(response, uuid, action)
    else json(response, 404, { detail: 'Not found.' })
  }

  private act(response: ServerResponse, uuid: string, action = ''): void {
    const fields = {
      cancel: { status: 'cancelled', cancel_requested: true },
      retry: { status: 'pending', error: null },
    }
    this.change(uuid, fields[action as keyof typeof fields] as Partial<TaskInfo>)
    json(response, 200, this.tasks[uuid])
  }

  private create(response: ServerResponse, body: string, key: string): void {
    const known = this.keys[key]
    if (!known) {
      const { task, inputs } = JSON.parse(body)
      const info = this.add({ task, inputs })
      this.keys[key] = info.uuid
      this.tasks[info.uuid] = { ...info, ...this.onCreate(info) } as TaskInfo
    }
    json(response, known ? 200 : 201, this.tasks[this.keys[key] as string])
  }

  private list(query: URLSearchParams): unknown {
    const uuids = query.get('uuid')?.split(',')
    const results = Object.values(this.tasks).filter(
      info =>
        (!uuids || uuids.includes(info.uuid)) &&
        (!query.get('task') || query.get('task') === info.task) &&
        (!query.get('status') || query.get('status') === info.status),
    )
    return { next: null, previous: null, results }
  }
}

export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
}

export function html(response: ServerResponse, status: number, headers = {}): void {
  response.writeHead(status, { 'Content-Type': 'text/html', ...headers }).end('<h1>It works!</h1>')
}

/** Cuts the connection in the middle of an answer. */
export function cutOff(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' })
  response.write('{"next": null, "resu')
  setImmediate(() => response.destroy())
}
