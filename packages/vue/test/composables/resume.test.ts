// @vitest-environment jsdom
import { expect, test, vi } from 'vitest'
import { createSum, setUpPage } from './page'

const h = setUpPage()
const kept = () => sessionStorage.getItem('my-sum')

async function runAndReload(): Promise<string> {
  const { component, made } = createSum(h, { resume: 'my-sum' })
  h.mount(component)
  made.sum.run({ numbers: [] })
  await h.until(kept)
  h.unmount()
  await h.rests()
  h.renders = []
  return kept() as string
}

test('a task is taken up again after a reload, told of once, and forgotten at its end', async () => {
  const uuid = await runAndReload()
  const onSuccess = vi.fn()
  h.mount(createSum(h, { resume: 'my-sum', onSuccess }).component)
  await h.streams(1)
  expect(h.state).toMatchObject({ uuid, isActive: true })
  h.server.succeed(uuid)
  await h.shows('succeeded')
  expect(onSuccess).toHaveBeenCalledOnce()
  expect(kept()).toBeNull()
  expect(h.server.posts).toHaveLength(1)
})

test('a task that is not there any more is forgotten, and the composable is idle', async () => {
  const uuid = await runAndReload()
  delete h.server.tasks[uuid]
  const onError = vi.fn()
  h.mount(createSum(h, { resume: 'my-sum', onError }).component)
  await h.until(() => h.renders.some(({ isPending }) => isPending) && h.state.isIdle)
  expect(kept()).toBeNull()
  expect(onError).not.toHaveBeenCalled()
})
