import type { TaskClient } from 'django-task-api'
import type { Store } from 'django-task-api/stores'
import {
  getCurrentInstance,
  type MaybeRefOrGetter,
  onActivated,
  onDeactivated,
  onMounted,
  onScopeDispose,
  type ShallowRef,
  shallowReadonly,
  shallowRef,
  toValue,
  watch,
} from 'vue'
import { type ClientOption, useTaskClient } from './client'

type AnyFunction = (...args: never[]) => unknown

/**
 * Hides that a promise can be caught. What an event handler gives, as that of `@click="run()"` does, Vue would catch
 * and log; a task would be followed for it, too, even after the component has gone.
 */
function hideCatch(answer: unknown): unknown {
  const { then } = Object(answer)
  if (!then) return answer
  // biome-ignore lint/suspicious/noThenProperty: it stays awaitable; a promise's own `then` wants no other `this`.
  return Object.create(answer as object, { then: { value: then.bind(answer) }, catch: { value: undefined } })
}

/** What {@link hideCatch} makes of a function's result. */
type WithoutCatch<R> = R extends Promise<unknown> ? Omit<R, 'catch'> : R

/** A readonly ref for each value; functions as they are, but that what they give lacks `catch`. */
export type Refs<S> = {
  readonly [K in keyof S]: S[K] extends (...args: infer A) => infer R
    ? (...args: A) => WithoutCatch<R>
    : Readonly<ShallowRef<S[K]>>
}

/** Awaiting it gives the same refs, once nothing is under way. */
export type Awaitable<R> = R & PromiseLike<R>

/**
 * Shows a store as refs, while the scope lives and `KeepAlive` has not put the component away. On a server it shows
 * what is there at first.
 *
 * @param busy - the flag that says that something is under way
 * @param keys - others than before make another store
 */
export function useStore<S extends object, K extends unknown[]>(
  create: (client: TaskClient, ...keys: K) => Store<S>,
  busy: keyof S,
  options: MaybeRefOrGetter<ClientOption | undefined>,
  ...keys: { [I in keyof K]: () => K[I] }
): Awaitable<Refs<S>> {
  const instance = getCurrentInstance()
  const ofApp = useTaskClient()
  const sources = [() => toValue(options)?.client || ofApp, ...keys]
  const make = () => create(...(sources.map(source => source()) as [TaskClient, ...K]))
  const shown: Partial<Record<keyof S, ShallowRef<unknown>>> = {}
  const refs: Partial<Record<keyof S, unknown>> = {}
  let store = make()
  let leave: (() => void) | undefined
  let isOver = typeof window === 'undefined'
  let isAway = false
  const waiting: (() => void)[] = []

  function start(): void {
    if (!isOver && !isAway) leave ||= store.subscribe(update)
    update()
  }

  function stop(): void {
    leave?.()
    leave = undefined
  }

  function update(): void {
    const state = store.getSnapshot()
    for (const key in shown) (shown[key] as ShallowRef).value = state[key]
    if (isOver || !state[busy]) for (const settle of waiting.splice(0)) settle()
  }

  // What there is in the page already must be rendered first.
  const isHydrated = instance?.vnode.el
  const first = isHydrated ? store.getServerSnapshot() : store.getSnapshot()
  for (const key in first) {
    if (typeof first[key] === 'function') {
      refs[key] = (...args: never[]) => hideCatch((store.getSnapshot()[key] as AnyFunction)(...args))
    } else {
      const ref = shallowRef<unknown>(first[key])
      shown[key] = ref
      refs[key] = shallowReadonly(ref)
    }
  }

  watch(
    sources,
    () => {
      const wasFollowed = leave
      stop()
      store = make()
      if (wasFollowed) start()
      else update()
    },
    { flush: 'sync' },
  )
  if (instance) {
    // Not in setup: what comes out of a reload would differ from what a server has rendered.
    onMounted(start)
    onActivated(() => {
      isAway = false
      start()
    })
    onDeactivated(() => {
      isAway = true
      stop()
    })
  } else start()
  onScopeDispose(() => {
    isOver = true
    stop()
    update()
  })

  return {
    ...refs,
    // biome-ignore lint/suspicious/noThenProperty: it is awaitable.
    then(onFulfilled, onRejected) {
      const settled = new Promise(resolve => waiting.push(() => resolve(refs)))
      start()
      return settled.then(onFulfilled as never, onRejected)
    },
  } as Awaitable<Refs<S>>
}
