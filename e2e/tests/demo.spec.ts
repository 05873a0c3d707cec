import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Card } from '../card.ts'
import { Connection } from '../connection.ts'
import { expect, test } from '../fixtures.ts'
import { freePort } from '../freePort.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

test('make demo serves pages that work, until Ctrl-C', async ({ page }) => {
  test.setTimeout(90_000)
  const port = await freePort()
  // Without what a surrounding make hands down to the makes that it starts itself.
  const { MAKEFLAGS, MFLAGS, MAKELEVEL, ...env } = process.env
  const demo = spawn('make', ['demo', `PORT=${port}`], {
    cwd: repository,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(demo, 'exit')
  // To the whole process group, as a terminal does.
  const interrupt = () => demo.pid && demo.exitCode === null && process.kill(-demo.pid, 'SIGINT')
  try {
    const address = `http://127.0.0.1:${port}`
    for await (const line of createInterface({ input: demo.stdout })) if (line.includes(address)) break
    demo.stdout.resume()
    await page.goto(address)
    const [card, connection] = [new Card(page, 'Progress'), new Connection(page)]
    await card.root.getByLabel('Seconds').fill('2')
    await card.run()
    await connection.expect('Live')
    await card.expectState('Succeeded')
    for (const path of ['/react/', '/vue/']) {
      await page.goto(address + path)
      const sum = new Card(page, 'Checked inputs')
      await sum.run()
      await expect(sum.outcome).toHaveText('The sum is 6.5.')
    }
  } finally {
    interrupt()
  }
  await exited
  await expect(page.request.get(`http://127.0.0.1:${port}/`)).rejects.toThrow(/ECONNREFUSED/)
})
