import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findChromium } from '../../../e2e/findChromium'
import { TaskServer } from '../../core/test/taskServer'

/** Has the server add the numbers that it is sent. */
export async function startAdding(): Promise<TaskServer> {
  const server = await new TaskServer().start()
  server.onCreate = ({ inputs }) =>
    ({
      status: 'succeeded',
      finished: '2026-01-01T00:00:01Z',
      outputs: { sum: inputs.numbers.reduce((a: number, b: number) => a + b) },
    }) as never
  return server
}

/** Serves the files of a folder, and tasks that add. */
async function serve(folder: string, tasks: TaskServer): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/tasks/')) {
      const chunks: Buffer[] = []
      request.on('data', chunk => chunks.push(chunk))
      request.on('end', () => {
        const { method = '', url = '', headers } = request
        tasks.answer({ method, url, headers, body: Buffer.concat(chunks).toString() }, response)
      })
    } else if (!existsSync(join(folder, request.url as string))) {
      response.writeHead(404).end()
    } else {
      const type = /\.m?js$/.test(request.url as string) ? 'text/javascript' : 'text/html'
      response.writeHead(200, { 'Content-Type': type })
      response.end(readFileSync(join(folder, request.url as string)))
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** What Chromium shows of a page, once it has come to rest. */
export async function browse(folder: string, page: string): Promise<string> {
  const tasks = await startAdding()
  const server = await serve(folder, tasks)
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${page}`
  const profile = `--user-data-dir=${mkdtempSync(join(folder, 'profile-'))}`
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--virtual-time-budget=5000',
  ]
  const chromium = findChromium()
  if (!chromium) throw new Error('Chromium is missing: install the package "chromium".')
  try {
    const { stdout } = await promisify(execFile)(chromium, [...flags, profile, '--dump-dom', address], {
      timeout: 60_000,
    })
    return stdout
  } finally {
    server.close()
    server.closeAllConnections()
    await tasks.stop()
  }
}
