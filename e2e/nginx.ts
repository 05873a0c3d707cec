import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))
const python = resolve(repository, process.env.VENV ?? '.venv', 'bin/python')

/** An nginx of the test's own. */
export interface Nginx {
  url: string
  stop(): Promise<void>
}

/**
 * Puts nginx before a server, on a free port.
 *
 * @param upstream - the server's address
 * @param options - of `python -m devstack proxy`
 */
export async function startNginx(upstream: string, ...options: string[]): Promise<Nginx> {
  const proxy = spawn(python, ['-m', 'devstack', 'proxy', new URL(upstream).origin, ...options], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(proxy, 'exit')
  for await (const line of createInterface({ input: proxy.stdout })) {
    const url = /answers on (\S+)/.exec(line)?.[1]
    if (!url) continue
    return {
      url,
      async stop() {
        proxy.kill('SIGTERM')
        await exited
      },
    }
  }
  throw new Error('nginx did not start; see its output above.')
}
