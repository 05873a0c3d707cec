import { expect, test } from 'vitest'
import type { TaskHandle } from '../src/handle'
import type { TaskInfo } from '../src/types'
import { useHarness } from './harness'

const h = useHarness()

const uuidsOf = (url = '') => new URL(url, h.server.origin).searchParams.get('uuid')?.split(',')

/** Passes the next wait and lets its poll be answered. */
async function poll(): Promise<number> {
  const answered = h.server.polls.length
  const wait = await h.passWait()
  await h.until(() => h.server.polls.length > answered && h.waits().length)
  return wait
}

function watchMany(count: number): TaskHandle[] {
  return Array.from({ length: count }, () => h.client.watch(h.server.add().uuid))
}

test('thirty tasks watched by sixty cost one request per poll', async () => {
  const handles = watchMany(30)
  for (const handle of handles) {
    handle.subscribe(() => {})
    h.client.watch(handle.uuid as string).subscribe(() => {})
  }
  for (const polls of [1, 2, 3]) {
    await poll()
    expect(h.server.requests).toHaveLength(polls)
  }
  expect(uuidsOf(h.server.polls[2]?.url)).toEqual(handles.map(({ uuid }) => uuid))
  expect(handles.every(handle => handle.getSnapshot()?.status === 'pending')).toBe(true)
})

test('more than a hundred tasks are asked for by the hundred', async () => {
  const handles = watchMany(230)
  for (const handle of handles) handle.subscribe(() => {})
  await h.passWait()
  await h.until(() => handles.every(handle => handle.getSnapshot()))
  expect(h.server.polls.map(({ url }) => uuidsOf(url)?.length).sort()).toEqual([100, 100, 30])
})

test('the first poll gathers for 50 ms, the next ones are an interval apart', async () => {
  watchMany(1)[0]?.subscribe(() => {})
  expect([await poll(), await poll(), await poll()]).toEqual([50, 1000, 1000])
  h.client.options.pollInterval = 200
  expect([await poll(), await poll()]).toEqual([1000, 200])
})

test('a task that is added between two polls makes the next one early, not later', async () => {
  watchMany(1)[0]?.subscribe(() => {})
  await poll()
  h.clock.pass(970)
  const [late] = watchMany(1)
  late?.subscribe(() => {})
  watchMany(1)[0]?.subscribe(() => {})
  expect(await poll()).toBe(50)
  expect(late?.getSnapshot()).toBeDefined()
})

test('a task that is added while a poll is under way is asked for right after it', async () => {
  watchMany(1)[0]?.subscribe(() => {})
  let answer = () => {}
  h.server.faults = [
    (request, response) => {
      answer = () => h.server.answer(request, response)
    },
  ]
  await h.passWait()
  await h.until(() => h.server.polls.length)
  const [late] = watchMany(1)
  late?.subscribe(() => {})
  expect(h.waits()).toEqual([])
  answer()
  expect(await h.passWait()).toBe(50)
  await h.until(() => late?.getSnapshot())
})

test('after the last unsubscription no timer, listener or request is left', async () => {
  const handles = watchMany(3)
  const ends = handles.map(handle => handle.subscribe(() => {}))
  await poll()
  for (const end of ends) end()
  expect(h.clock.timers).toEqual([])
  h.clock.pass(600000)
  await h.settle()
  expect(h.server.requests).toHaveLength(1)
})

test('a request under way is aborted with the last unsubscription', async () => {
  const end = watchMany(1)[0]?.subscribe(() => {})
  let closed = false
  h.server.faults = [(_request, response) => void response.on('close', () => (closed = true))]
  await h.passWait()
  await h.until(() => h.server.polls.length)
  end?.()
  await h.until(() => closed)
  expect(h.clock.timers).toEqual([])
})

test('a handle goes on where it was after it was left', async () => {
  const [handle] = watchMany(1)
  handle?.subscribe(() => {})()
  expect(h.clock.timers).toEqual([])
  const seen: unknown[] = []
  handle?.subscribe(info => seen.push(info?.status))
  await poll()
  expect(seen).toEqual(['pending'])
})

test('the snapshot is the same object until something has changed', async () => {
  const [handle] = watchMany(1)
  let calls = 0
  handle?.subscribe(() => calls++)
  await poll()
  const first = handle?.getSnapshot()
  await poll()
  await poll()
  expect(handle?.getSnapshot()).toBe(first)
  expect(calls).toBe(1)
  h.server.change(first?.uuid as string, { progress: 1 })
  await poll()
  expect(handle?.getSnapshot()).toMatchObject({ progress: 1, version: 2 })
  expect(calls).toBe(2)
})

test('a second handle knows at once what the first does', async () => {
  const [first] = watchMany(1)
  first?.subscribe(() => {})
  await poll()
  expect(h.client.watch(first?.uuid as string).getSnapshot()).toBe(first?.getSnapshot())
})

test('an older snapshot never wins', async () => {
  const [handle] = watchMany(1)
  const uuid = handle?.uuid as string
  const old = h.server.tasks[uuid] as TaskInfo
  h.server.change(uuid, { status: 'running', progress: 5 } as never)
  const seen: unknown[] = []
  handle?.subscribe(info => seen.push(info?.version))
  await poll()
  h.server.tasks[uuid] = old
  await poll()
  expect(handle?.getSnapshot()?.version).toBe(2)
  expect(seen).toEqual([2])
})

test('a task that is gone rejects, and the others go on', async () => {
  const [gone, other] = watchMany(2)
  const error = gone?.catch(reason => reason)
  other?.subscribe(() => {})
  await poll()
  delete h.server.tasks[gone?.uuid as string]
  await poll()
  expect(await error).toMatchObject({
    code: 'not_found',
    message: `There is no task ${gone?.uuid}, or it is another user's.`,
  })
  await poll()
  expect(uuidsOf(h.server.polls[2]?.url)).toEqual([other?.uuid])
  expect(other?.error).toBeUndefined()
})

test.each(['nonsense', '', 'a,b', undefined])(
  '%j is no task, and spoils no request of others',
  async value => {
    const [other] = watchMany(1)
    other?.subscribe(() => {})
    const error = h.client.watch(value as string).catch(reason => reason)
    await poll()
    expect(await error).toMatchObject({ code: 'not_found' })
    expect(uuidsOf(h.server.polls[0]?.url)).toEqual([other?.uuid])
  },
)

test('a uuid in capital letters is the same', async () => {
  const info = h.server.add({ uuid: 'abcdef00-0000-4000-8000-00000000000f', status: 'succeeded' } as never)
  const result = h.client.watch(info.uuid.toUpperCase()).then(({ uuid }) => uuid)
  await h.passWait()
  expect(await result).toBe(info.uuid)
})

test('a task that was retried is not ended by an answer to an earlier watch', async () => {
  const { uuid } = h.server.add({
    status: 'failed',
    error: { code: 'lost', message: 'Lost.' },
    version: 5,
  } as never)
  let late = () => {}
  h.server.faults = [
    (_request, response) => {
      const stale = JSON.stringify({ next: null, previous: null, results: [h.server.tasks[uuid]] })
      late = () => response.writeHead(200, { 'Content-Type': 'application/json' }).end(stale)
    },
  ]
  h.client.watch(h.server.add().uuid).subscribe(() => {})
  h.client.watch(uuid).catch(() => {})
  await h.passWait()
  await h.until(() => h.server.polls.length)
  await h.client.retry(uuid)
  const again = h.client.watch(uuid)
  again.subscribe(() => {})
  late()
  await poll()
  expect(again.error).toBeUndefined()
  expect(again.getSnapshot()).toMatchObject({ status: 'pending', version: 6 })
})

test('onMessage is called once for each message, those before the watch included', async () => {
  const { uuid } = h.server.add({ messages: ['one'] })
  const messages: unknown[] = []
  h.client.watch(uuid, { onMessage: message => messages.push(message) })
  await poll()
  h.server.change(uuid, { messages: ['one', 'two', { rows: 3 }] })
  await poll()
  await poll()
  expect(messages).toEqual(['one', 'two', { rows: 3 }])
})

test('onProgress is called once for each new snapshot, the last one included', async () => {
  const { uuid } = h.server.add()
  const seen: unknown[] = []
  const ends: unknown[] = []
  h.client.watch(uuid, {
    onProgress: info => seen.push(info.version),
    onSuccess: info => ends.push(info.status),
  })
  await poll()
  await poll()
  h.server.change(uuid, { status: 'running', progress: 1 } as never)
  await poll()
  h.server.succeed(uuid)
  await h.passWait()
  await h.until(() => ends.length)
  expect(seen).toEqual([1, 2, 3])
  expect(ends).toEqual(['succeeded'])
})

test('two clients have options and watching of their own', async () => {
  const other = h.createClient({ pollInterval: 5000 })
  const { uuid } = h.server.add()
  const end = other.watch(uuid).subscribe(() => {})
  h.client.watch(uuid).subscribe(() => {})
  await h.passWait()
  await h.until(() => h.waits().length === 2)
  expect(h.waits().sort()).toEqual([1000, 5000])
  end()
  expect(h.waits()).toEqual([1000])
})
