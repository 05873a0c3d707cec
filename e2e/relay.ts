import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

/** A relay of the test's own: it sees what a page asks of its server, however many tabs the page has. */
export interface Relay {
  url: string
  /** Path and query of each request so far, behind its method. */
  requests: string[]
  /** Those of them that asked for a stream. */
  readonly streams: string[]
  /** Streams that are open now. */
  readonly openStreams: number
  /** As many streams were open at the same time. */
  readonly mostOpenStreams: number
  /** TCP connections that browsers have opened so far. */
  readonly connections: number
  /** Breaks all connections, as a network that goes away does. */
  breakConnections(): void
  stop(): Promise<void>
}

/**
 * Starts a relay on a free port.
 *
 * @param upstream - the address of the server behind it
 * @param dropStreamsAfter - milliseconds that it lets a stream live, as some proxies on the way to users do
 */
export async function startRelay(upstream: string, dropStreamsAfter?: number): Promise<Relay> {
  const requests: string[] = []
  let openStreams = 0
  let mostOpenStreams = 0
  let connections = 0

  const server = createServer((incoming, outgoing) => {
    const { method, url = '', headers } = incoming
    requests.push(`${method} ${decodeURIComponent(url)}`)
    const forwarded = request(new URL(url, upstream), { method, headers, agent: false })
    // Whichever side leaves, the other one is left as well.
    pipeline(incoming, forwarded, () => {})
    outgoing.on('close', () => forwarded.destroy())
    forwarded.on('error', () => outgoing.destroy())
    forwarded.on('response', answer => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, outgoing, () => {})
      if (!answer.headers['content-type']?.startsWith('text/event-stream')) return
      openStreams += 1
      mostOpenStreams = Math.max(mostOpenStreams, openStreams)
      const drop = dropStreamsAfter && setTimeout(() => outgoing.destroy(), dropStreamsAfter)
      outgoing.on('close', () => {
        openStreams -= 1
        if (drop) clearTimeout(drop)
      })
    })
  })
  server.on('connection', () => {
    connections += 1
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get streams() {
      return requests.filter(each => each.startsWith('GET /tasks/events/'))
    },
    get openStreams() {
      return openStreams
    },
    get mostOpenStreams() {
      return mostOpenStreams
    },
    get connections() {
      return connections
    },
    breakConnections: () => server.closeAllConnections(),
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
