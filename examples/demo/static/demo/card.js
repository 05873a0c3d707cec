// Draws what a task does into its card. The calls to the library are in tasks/<name>.js, as each card prints them.

import { percentOf, setText, words } from './words.js'

class Card {
  #form
  #parts
  #remembered
  #active = false
  #cancel = null

  constructor(name, start) {
    const root = document.querySelector(`[data-card="${name}"]`)
    const parts = [...root.querySelectorAll('[data-part]')]
    this.#form = root.querySelector('form')
    this.#parts = Object.fromEntries(parts.map(part => [part.dataset.part, part]))
    this.#remembered = root.hasAttribute('data-resume') ? `card:${name}` : null
    this.#form.addEventListener('submit', event => {
      event.preventDefault()
      this.#run(start, Object.fromEntries(new FormData(this.#form)))
    })
    this.#parts.cancel?.addEventListener('click', () => this.#cancel?.())
    // Disabled in the page's source: a click before this script is there would send the form away.
    this.#parts.run.disabled = false
    const uuid = this.#remembered && sessionStorage.getItem(this.#remembered)
    if (uuid) this.#run(start, { uuid })
  }

  async #run(start, inputs) {
    if (this.#active) return
    this.#clear()
    this.#setActive(true)
    try {
      await start(inputs, this)
    } catch (error) {
      this.#fail(error)
    }
    if (this.#remembered) sessionStorage.removeItem(this.#remembered)
    this.#setActive(false)
  }

  show = task => {
    const percent = percentOf(task)
    const cancelling = task.status === 'running' && task.cancel_requested
    this.#setStatus(cancelling ? 'cancelling' : task.status)
    this.#setPercent(percent)
    const count = `${task.progress ?? 0} of ${task.target} · ${Math.floor(percent)} %`
    setText(this.#parts.count, task.target ? count : '')
    this.#parts.row.href = `/tasks/${task.uuid}/`
    this.#parts.row.hidden = false
    if (this.#remembered) sessionStorage.setItem(this.#remembered, task.uuid)
  }

  say = message => {
    const line = document.createElement('li')
    line.textContent = message
    this.#parts.messages.append(line)
  }

  answer = text => setText(this.#parts.outcome, text)

  onCancel = action => {
    this.#cancel = action
    this.#setActive(true)
  }

  #fail(error) {
    const fieldErrors = error.detail?.inputs
    if (['failed', 'cancelled'].includes(error.status)) this.show(error)
    else this.#setStatus(fieldErrors ? 'invalid' : 'lost')
    this.#setFieldErrors(fieldErrors ?? {})
    this.answer(fieldErrors ? '' : error.message)
  }

  #clear() {
    this.#setFieldErrors({})
    this.#setStatus('pending')
    this.#setPercent(null)
    this.#cancel = null
    this.#parts.messages.replaceChildren()
    setText(this.#parts.count, '')
    this.answer('')
  }

  #setActive(active) {
    this.#active = active
    // aria-disabled instead of disabled: the focus stays where the keyboard left it.
    this.#parts.run.setAttribute('aria-disabled', active)
    this.#parts.cancel?.setAttribute('aria-disabled', !active || !this.#cancel)
  }

  #setStatus(status) {
    this.#parts.state.dataset.status = status
    setText(this.#parts.badge, words[status])
  }

  #setPercent(percent) {
    const { bar } = this.#parts
    bar.firstElementChild.style.translate = percent === null ? '' : `${percent - 100}%`
    if (percent === null) bar.removeAttribute('aria-valuenow')
    else bar.setAttribute('aria-valuenow', Math.floor(percent))
  }

  #setFieldErrors(errors) {
    for (const place of this.#form.querySelectorAll('.field .error')) {
      const field = place.parentElement.querySelector('[name]')
      const text = [errors[field.name] ?? []].flat(Infinity).join(' ')
      setText(place, text)
      field.setAttribute('aria-invalid', text !== '')
    }
    this.#form.querySelector('[aria-invalid="true"]')?.focus()
  }
}

/** Calls `start(inputs, card)` whenever the card's form is sent, and shows how the promise it returns ends. */
export function card(name, start) {
  new Card(name, start)
}
