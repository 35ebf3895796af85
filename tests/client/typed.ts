// A front end, compiled against the published types. Never run: that it compiles is the test, and
// that each line below `@ts-expect-error` would not.
import { io, type Socket } from 'socket.io-client'
import type {
  ClientToServerEvents,
  ConversationBroadcast,
  Message,
  ServerToClientEvents,
} from '@switchboard/events'

const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io('/v1/conversation')
const shared: Socket<ServerToClientEvents<'/v1/shared'>, ClientToServerEvents<'/v1/shared'>> =
  io('/v1/shared')
const scraper: Socket<
  ServerToClientEvents<'/v1/lead-finder'>,
  ClientToServerEvents<'/v1/lead-finder'>
> = io('/v1/lead-finder', { auth: { clientId: 'maps' } })

const shown: Message[] = []
const inbox = new Map<string, ConversationBroadcast>()

socket.on('connect', () => socket.emit('join', {}, (answer) => void answer.success))
socket.on('connect_error', (error) => void error.message)
socket.on('prospect_message', (message, offset: string) => {
  const from: string | null = message.sent_by.name
  if (message.type === 'NOTE' && message.mentions?.includes('ana')) shown.push(message)
  void [from, offset, message.status === 'delivered']
})
socket.on('prospect_add_conversation', (conversation) => {
  if (conversation.isNew) inbox.set(conversation._id, conversation)
  void (conversation.last_activity?.data.length ?? 0)
})
socket.on('prospect_message_status', ({ _id, status }) => void [_id, status === 'failed'])

socket.emit('prospect_add_note', { conversation_id: 'c', data: 'x', mentions: ['ben'] }, (answer) => {
  if (answer.success) shown.push(answer.data)
  else console.error(answer.errno, answer.message, answer.error)
})

async function page(): Promise<Message[]> {
  const ask = { channel_id: 'sms', filter: 'UNREAD', limit: 20 } as const
  const answer = await socket.emitWithAck('prospect_list_conversation', ask)
  if (answer.success === false) throw new Error(answer.message)
  const next: string | null = answer.paging.next
  void [next, answer.conversation.map((row) => row.unread_count)]
  return answer.messageList.messages
}
void page

socket.emit('prospect_snooze', { conversation_id: 'c', snooze_until: null }, (answer) => {
  if (answer.success) void answer.data.conversation.is_snoozed
})
socket.timeout(5_000).emit('prospect_open', { conversation_id: 'c' }, (error, answer) => {
  if (!error && answer.success) void answer.data.conversation.is_open
})
shared.on('notification', (payload: { title: string }) => void payload.title)
scraper.emit('join', {}, (answer) => {
  if (answer.success) void [answer.data.socketId, answer.data.clientId]
})

// @ts-expect-error an event that does not exist
socket.emit('prospect_explode', {}, () => {})
// @ts-expect-error a field that is required is missing
socket.emit('prospect_add_note', { conversation_id: 'c' }, () => {})
// @ts-expect-error a field of a wrong type
socket.emit('prospect_read', { conversation_id: 5 }, () => {})
// @ts-expect-error a field that does not exist
socket.emit('prospect_archive', { conversation_id: 'c', archived: true }, () => {})
// @ts-expect-error a word that is none
socket.emit('prospect_list_conversation', { channel_id: 'sms', filter: 'MINE' }, () => {})
// @ts-expect-error a failure has no data
socket.emit('prospect_open', { conversation_id: 'c' }, (answer) => void answer.data)
// @ts-expect-error the server sends no such event
socket.on('prospect_typing', () => {})
// @ts-expect-error a message has no such field
socket.on('prospect_message', (message) => void message.unread_count)
// @ts-expect-error a scraper asks nothing
scraper.emit('prospect_list_message', { conversation_id: 'c' }, () => {})
