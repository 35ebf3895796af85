// Somebody at work, as the quick start has them: prints every event.
//   node listen.mjs TOKEN
// The server is on 127.0.0.1:4000, or where SWITCHBOARD_URL says.
import { io } from 'socket.io-client'

const url = process.env.SWITCHBOARD_URL ?? 'http://127.0.0.1:4000'
const token = process.argv[2]
const socket = io(`${url}/v1/conversation`, { transports: ['websocket'], auth: { token } })

socket.on('connect', () => console.log('connected', socket.recovered ? 'again' : ''))
socket.on('connect_error', (error) => console.log('refused:', error.message))
socket.on('prospect_add_conversation', (it) => console.log('conversation:', it.title))
socket.on('prospect_message', (it) => console.log(`${it.type}:`, it.data))
