import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * Finds a free port of 127.0.0.1. Each of Playwright's processes reads its configuration anew, so that the first one's
 * choice is kept in an environment variable, which the others inherit.
 */
export async function reservePort(variable: string): Promise<number> {
  process.env[variable] ??= String(await freePort())
  return Number(process.env[variable])
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
