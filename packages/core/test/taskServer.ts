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

/** A stream of events that a client reads. */
export class TaskStream {
  /** Of each task, the version and the number of messages that the client has been told. */
  private told: Record<string, { version: number; messages: number }> = {}

  constructor(
    readonly request: SeenRequest,
    private response: ServerResponse,
  ) {
    for (const text of new URL(request.url, 'http://x').searchParams.get('uuid')?.split(',') || []) {
      const [uuid = '', version] = text.split(':')
      this.told[uuid] = { version: Number(version), messages: 0 }
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    this.send('retry: 1000\n: hello\n\n')
  }

  get uuids(): string[] {
    return Object.keys(this.told)
  }

  /** Tells of a task if the client does not know it yet: with those messages only which are new to it. */
  tell(info: TaskInfo | undefined, uuid: string): void {
    const told = this.told[uuid]
    if (!told || this.response.writableEnded) return
    if (!info) this.send(frame('gone', { uuid }))
    else if (info.version > told.version) {
      const { inputs: _, messages, ...others } = info
      this.send(
        frame('task', { ...others, messages: messages.slice(told.messages), seq: messages.length }, info),
      )
      this.told[uuid] = { version: info.version, messages: messages.length }
    }
  }

  /** Tells of a task by its version alone. */
  announce({ uuid, version }: TaskInfo): void {
    this.send(frame('task', { uuid, version }))
  }

  send(text: string | Uint8Array): void {
    this.response.write(text)
  }

  end(reason: 'finished' | 'renew'): void {
    this.response.end(frame('end', { reason }))
  }

  /** Ends as a proxy does that has had enough. */
  cut(): void {
    this.response.end()
  }

  /** Ends in the middle of everything. */
  drop(): void {
    this.response.destroy()
  }
}

function frame(type: string, data: object, info?: TaskInfo): string {
  return `${info ? `id: ${info.uuid}:${info.version}\n` : ''}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** The REST contract and the streams over real HTTP, with tasks that the test moves along, and faults on demand. */
export class TaskServer {
  tasks: Record<string, TaskInfo> = {}
  requests: SeenRequest[] = []
  /** Each is used up by one request, in this order. */
  faults: Fault[] = []
  /** Answers every request while it is set. */
  fault: Fault | undefined
  /** The streams that are open. */
  streams: TaskStream[] = []
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
    return this.requests.filter(({ url }) => url.includes('/?uuid=') && !url.includes('/events/'))
  }

  get streamRequests(): SeenRequest[] {
    return this.requests.filter(isStream)
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
    this.publish(uuid)
  }

  succeed(uuid: string, outputs: Record<string, unknown> = {}): void {
    this.change(uuid, { status: 'succeeded', outputs, finished: '2026-01-01T00:00:01Z' } as Partial<TaskInfo>)
  }

  /** Tells the streams of a task, or that it is gone. */
  publish(uuid: string): void {
    for (const stream of this.streams) stream.tell(this.tasks[uuid], uuid)
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
    if (pathname === '/tasks/events/') this.stream({ method, url, headers, body }, response)
    else if (method === 'GET' && !uuid) json(response, 200, this.list(searchParams))
    else if (method === 'POST' && !uuid) this.create(response, body, headers['idempotency-key'] as string)
    else if (method === 'POST' && this.tasks[uuid]) this.act(response, uuid, action)
    else json(response, 404, { detail: 'Not found.' })
  }

  private stream(request: SeenRequest, response: ServerResponse): void {
    const count = new URL(request.url, this.origin).searchParams.get('uuid')?.split(',').length as number
    if (count > 100) {
      json(response, 400, { uuid: [`${count} tasks are asked for, must be 1 to 100.`] })
      return
    }
    const stream = new TaskStream(request, response)
    this.streams.push(stream)
    response.on('close', () => {
      this.streams = this.streams.filter(other => other !== stream)
    })
    for (const uuid of stream.uuids) stream.tell(this.tasks[uuid], uuid)
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

export function isStream({ url }: SeenRequest): boolean {
  return url.includes('/events/')
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
