import { say, TaskError } from './taskError'

/** Encodes what JSON can carry; refuses the rest, even where JSON would leave it out or have null or {} for it. */
export function encodeInputs(task: string, inputs: unknown): string {
  try {
    if (typeof inputs !== 'object') throw `${say(inputs)} is no object`
    return JSON.stringify({ task, inputs }, refuseLost)
  } catch (cause) {
    throw new TaskError('invalid_inputs', `The inputs of "${task}" cannot be sent as JSON: ${say(cause)}.`, {
      cause,
    })
  }
}

/** Throws where JSON would lose a value. `this` holds it as it was before its `toJSON`, as for an invalid date. */
function refuseLost(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const original = this[name]
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  const isLost =
    kind === 'Number'
      ? // biome-ignore lint/suspicious/noGlobalIsFinite: ES5 has no other, and the value is a number.
        !isFinite(value as number)
      : kind === 'Undefined'
        ? Array.isArray(this)
        : kind === 'Null'
          ? original !== null
          : !/^(Object|Array|String|Boolean)$/.test(kind)
  if (isLost) throw `${name} is ${say(original)}`
  return value
}
