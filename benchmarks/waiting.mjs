// Prints the milliseconds of each run as JSON: node waiting.mjs <server> ours|limit <runs>
import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'

// The script that Django serves: it is there without a build.
const script = new URL('../python/src/task_api/static/django-task-api.min.js', import.meta.url)
const module = {}
compileFunction(readFileSync(script, 'utf8'), ['module'])(module)

const [server, kind, runs] = process.argv.slice(2)
const client = module.exports.createClient({ baseURL: `${server}/tasks/`, transport: 'sse' })

async function ours() {
  await client.run('no-op', {})
}

async function limit() {
  // Its own stream first: what is published before anybody listens is lost to a bare channel.
  const channel = crypto.randomUUID()
  const stream = await fetch(`${server}/limit/events/${channel}/`)
  const reader = stream.body.getReader()
  await reader.read()
  await fetch(`${server}/limit/start/`, { method: 'POST', body: channel })
  const decoder = new TextDecoder()
  let text = ''
  while (!text.includes('data:')) {
    const { done, value } = await reader.read()
    if (done) throw new Error('The stream ended without an event.')
    text += decoder.decode(value)
  }
  await reader.cancel()
}

const measured = { ours, limit }[kind]
const times = []
for (let i = 0; i < Number(runs); i++) {
  const began = performance.now()
  await measured()
  times.push(performance.now() - began)
}
console.log(JSON.stringify(times))
process.exit(0)
