"""Exchanges of IRC: the lines that a client sends, and those that each client must receive.

The sources are RFC 1459, RFC 2812 and the servers of today.

A case begins with `#`, its title, and the users that are registered; `?name` is a connection that is not.
`ann> LINE` is sent by ann. The indented lines below it are all that comes of it: `bob< PATTERN`. A pattern
has the nick of the source, if it is a user, the command, and each parameter. `*` is any parameter, `:` begins
the last one. Servers differ in the texts, so most are `*`. The order counts for each client.
"""

TABLE = """
# registration: the nickname, then the user | ?eve
eve> NICK eve
eve> USER eve 0 * :Eve Smith
  eve< 001 eve *
  eve< 002 eve *
  eve< 003 eve *
  eve< 004 eve ...
  eve< 005 eve ...
  eve< LUSERS
  eve< MOTD
eve> USER eve 0 * :Eve Smith
  eve< 462 eve *
eve> PASS secret
  eve< 462 eve *

# registration: the user, then the nickname | ?eve
eve> USER eve 0 * :Eve Smith
eve> NICK eve
  eve< 001 eve *
  eve< 002 eve *
  eve< 003 eve *
  eve< 004 eve ...
  eve< 005 eve ...
  eve< LUSERS
  eve< MOTD

# registration: what is refused before | ann ?eve
eve> JOIN #class
  eve< 451 * *
eve> PRIVMSG ann :hello
  eve< 451 * *
eve> NAMES
  eve< 451 * *
eve> WHOIS ann
  eve< 451 * *
eve> USER
  eve< 461 * USER *
eve> USER eve
  eve< 461 * USER *
eve> USER eve 0 *
  eve< 461 * USER *
eve> NICK 1eve
  eve< 432 * 1eve *
eve> NICK e,ve
  eve< 432 * e,ve *
eve> NICK #eve
  eve< 432 * #eve *
eve> NICK anicknameofmorethantwentycharacters
  eve< 432 * anicknameofmorethantwentycharacters *
eve> NICK ann
  eve< 433 * ann *
eve> NICK ANN
  eve< 433 * ANN *
eve> PASS
  eve< 461 * PASS *

# registration: capabilities | ?eve
eve> CAP LS 302
  eve< CAP * LS *
eve> NICK eve
eve> USER eve 0 * :Eve Smith
eve> CAP REQ :multi-prefix
  eve< CAP eve ACK :multi-prefix
eve> CAP REQ :nothing-known
  eve< CAP eve NAK :nothing-known
eve> CAP LIST
  eve< CAP eve LIST :multi-prefix
eve> CAP END
  eve< 001 eve *
  eve< 002 eve *
  eve< 003 eve *
  eve< 004 eve ...
  eve< 005 eve ...
  eve< LUSERS
  eve< MOTD
eve> CAP REQ :-multi-prefix
  eve< CAP eve ACK :-multi-prefix
eve> CAP LIST
  eve< CAP eve LIST :
eve> CAP NONSENSE
  eve< 410 eve NONSENSE *
eve> CAP
  eve< 461 eve CAP *

# the connection | ann bob
ann> PING token
  ann< PONG * :token
ann> PING :two words
  ann< PONG * :two words
ann> PING
  ann< 409 ann *
ann> PING token nowhere.example
  ann< 402 ann nowhere.example *
ann> PONG token
ann> ping token
  ann< PONG * :token
ann> PING    token
  ann< PONG * :token
ann> :ann PING token
  ann< PONG * :token
ann> NONSENSE
  ann< 421 ann NONSENSE *
ann> 001 ann :hello
  ann< 421 ann 001 *
ann> QUIT :good-bye
  ann< ERROR *
  ann< end

# a nickname changes | ann bob eve
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
ann> NICK anna
  ann< ann NICK anna
  bob< ann NICK anna
ann> NICK anna
ann> NICK ANNA
  ann< anna NICK ANNA
  bob< anna NICK ANNA
ann> NICK bob
  ann< 433 ANNA bob *
ann> NICK 2ann
  ann< 432 ANNA 2ann *
eve> NICK [eve]{x}|`^_-
  eve< eve NICK [eve]{x}|`^_-
ann> ISON [EVE]{x}|`^_-
  ann< 303 ANNA :[eve]{x}|`^_-

# JOIN and PART | ann bob
ann> JOIN
  ann< 461 ann JOIN *
ann> JOIN class
  ann< 403 ann class *
ann> JOIN #a,#b
  ann< ann JOIN #a
  ann< 353 ann = #a :@ann
  ann< 366 ann #a *
  ann< ann JOIN #b
  ann< 353 ann = #b :@ann
  ann< 366 ann #b *
ann> JOIN #a
bob> JOIN #A
  ann< bob JOIN *
  bob< bob JOIN *
  bob< 353 bob = #a :@ann bob
  bob< 366 bob #a *
ann> JOIN &here
  ann< ann JOIN &here
  ann< 353 ann = &here :@ann
  ann< 366 ann &here *
ann> JOIN #ünï
  ann< ann JOIN #ünï
  ann< 353 ann = #ünï :@ann
  ann< 366 ann #ünï *
ann> JOIN #achannelwithanamethatismuchtoolongtobetheoneofanychannel
  ann< 403 ann #achannelwithanamethatismuchtoolongtobetheoneofanychannel *
bob> PART #a :so long
  ann< bob PART #a :so long
  bob< bob PART #a :so long
bob> PART #a
  bob< 442 bob #a *
bob> PART #nowhere
  bob< 403 bob #nowhere *
bob> PART
  bob< 461 bob PART *
ann> PART #a,#b
  ann< ann PART #a
  ann< ann PART #b
bob> JOIN #a
  bob< bob JOIN #a
  bob< 353 bob = #a :@bob
  bob< 366 bob #a *

# QUIT, and all who share a channel receive it once | ann bob eve
ann> JOIN #a,#b
  ann< ann JOIN #a
  ann< 353 ann = #a :@ann
  ann< 366 ann #a *
  ann< ann JOIN #b
  ann< 353 ann = #b :@ann
  ann< 366 ann #b *
bob> JOIN #a
  ann< bob JOIN #a
  bob< bob JOIN #a
  bob< 353 bob = #a :@ann bob
  bob< 366 bob #a *
bob> JOIN #b
  ann< bob JOIN #b
  bob< bob JOIN #b
  bob< 353 bob = #b :@ann bob
  bob< 366 bob #b *
ann> QUIT
  ann< ERROR *
  ann< end
  bob< ann QUIT :ann
bob> PRIVMSG ann :still there?
  bob< 401 bob ann *
bob> NAMES #a
  bob< 353 bob = #a :bob
  bob< 366 bob #a *

# PRIVMSG and NOTICE | ann bob eve
ann> PRIVMSG
  ann< 411 ann *
ann> PRIVMSG bob
  ann< 412 ann *
ann> PRIVMSG bob :hello there
  bob< ann PRIVMSG bob :hello there
ann> privmsg BOB hello
  bob< ann PRIVMSG bob :hello
ann> PRIVMSG ann :to myself
  ann< ann PRIVMSG ann :to myself
ann> PRIVMSG nobody :hello
  ann< 401 ann nobody *
ann> PRIVMSG #nowhere :hello
  ann< 401 ann #nowhere *
ann> PRIVMSG bob,eve :hello both
  bob< ann PRIVMSG bob :hello both
  eve< ann PRIVMSG eve :hello both
ann> PRIVMSG bob,bob :once
  bob< ann PRIVMSG bob :once
ann> PRIVMSG bob,nobody :hello
  ann< 401 ann nobody *
  bob< ann PRIVMSG bob :hello
ann> PRIVMSG bob ::-)
  bob< ann PRIVMSG bob ::-)
ann> PRIVMSG bob :ünïcödé ☕
  bob< ann PRIVMSG bob :ünïcödé ☕
ann> NOTICE bob :hello
  bob< ann NOTICE bob :hello
ann> NOTICE nobody :hello
ann> NOTICE #nowhere :hello
ann> NOTICE
ann> NOTICE bob
ann> PRIVMSG bob :\x01VERSION\x01
  bob< ann PRIVMSG bob :\x01VERSION\x01
bob> NOTICE ann :\x01VERSION school\x01
  ann< bob NOTICE ann :\x01VERSION school\x01

# messages to a channel | ann bob eve
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
ann> PRIVMSG #class :hello, class
  bob< ann PRIVMSG #class :hello, class
ann> PRIVMSG #CLASS :hello, class
  bob< ann PRIVMSG #class :hello, class
ann> PRIVMSG #class
  ann< 412 ann *
ann> PRIVMSG #class :\x01ACTION waves\x01
  bob< ann PRIVMSG #class :\x01ACTION waves\x01
ann> PRIVMSG #class :\x02bold\x02 \x0304red\x03
  bob< ann PRIVMSG #class :\x02bold\x02 \x0304red\x03
eve> PRIVMSG #class :from outside
  ann< eve PRIVMSG #class :from outside
  bob< eve PRIVMSG #class :from outside
ann> MODE #class +n
  ann< ann MODE #class +n
  bob< ann MODE #class +n
eve> PRIVMSG #class :from outside
  eve< 404 eve #class *
eve> NOTICE #class :from outside
ann> MODE #class +m
  ann< ann MODE #class +m
  bob< ann MODE #class +m
bob> PRIVMSG #class :may I?
  bob< 404 bob #class *
ann> MODE #class +v bob
  ann< ann MODE #class +v bob
  bob< ann MODE #class +v bob
bob> PRIVMSG #class :I may
  ann< bob PRIVMSG #class :I may
ann> NAMES #class
  ann< 353 ann = #class :@ann +bob
  ann< 366 ann #class *
ann> MODE #class -v bob
  ann< ann MODE #class -v bob
  bob< ann MODE #class -v bob
bob> PRIVMSG #class :may I?
  bob< 404 bob #class *

# TOPIC | ann bob
ann> TOPIC
  ann< 461 ann TOPIC *
ann> TOPIC #nowhere
  ann< 403 ann #nowhere *
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
ann> TOPIC #class
  ann< 331 ann #class *
ann> TOPIC #class :The reactor
  ann< ann TOPIC #class :The reactor
ann> TOPIC #class
  ann< 332 ann #class :The reactor
  ann< 333 ann #class ann *
bob> TOPIC #class
  bob< 442 bob #class *
bob> TOPIC #class :mine
  bob< 442 bob #class *
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 332 bob #class :The reactor
  bob< 333 bob #class ann *
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
ann> MODE #class +t
  ann< ann MODE #class +t
  bob< ann MODE #class +t
bob> TOPIC #class :mine
  bob< 482 bob #class *
ann> TOPIC #class :
  ann< ann TOPIC #class :
  bob< ann TOPIC #class :
bob> TOPIC #class
  bob< 331 bob #class *

# MODE: flags | ann bob
ann> MODE
  ann< 461 ann MODE *
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
ann> MODE #class
  ann< 324 ann #class +
  ann< 329 ann #class *
bob> MODE #class +n
  bob< 442 bob #class *
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
bob> MODE #class +n
  bob< 482 bob #class *
ann> MODE #class +nt
  ann< ann MODE #class +nt
  bob< ann MODE #class +nt
ann> MODE #class +n
ann> MODE #class -t+s
  ann< ann MODE #class -t+s
  bob< ann MODE #class -t+s
ann> MODE #class -sn
  ann< ann MODE #class -sn
  bob< ann MODE #class -sn
ann> MODE #class +?
  ann< 472 ann ? *

# MODE: operators and voices | ann bob eve
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
ann> MODE #class +o eve
  ann< 441 ann eve #class *
ann> MODE #class +o nobody
  ann< 401 ann nobody *
ann> MODE #class +o
ann> MODE #class +o BOB
  ann< ann MODE #class +o bob
  bob< ann MODE #class +o bob
bob> MODE #class -o+v ann ann
  ann< bob MODE #class -o+v ann ann
  bob< bob MODE #class -o+v ann ann
ann> MODE #class +m
  ann< 482 ann #class *
ann> NAMES #class
  ann< 353 ann = #class :+ann @bob
  ann< 366 ann #class *
ann> CAP REQ :multi-prefix
  ann< CAP ann ACK :multi-prefix
bob> MODE #class +v bob
  ann< bob MODE #class +v bob
  bob< bob MODE #class +v bob
ann> NAMES #class
  ann< 353 ann = #class :+ann @+bob
  ann< 366 ann #class *

# MODE: a key | ann bob
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
ann> MODE #class +k word
  ann< ann MODE #class +k word
ann> MODE #class
  ann< 324 ann #class +k word
  ann< 329 ann #class *
bob> MODE #class
  bob< 324 bob #class +k
  bob< 329 bob #class *
bob> JOIN #class
  bob< 475 bob #class *
bob> JOIN #class wrong
  bob< 475 bob #class *
bob> JOIN #other,#class x,word
  bob< bob JOIN #other
  bob< 353 bob = #other :@bob
  bob< 366 bob #other *
  bob< bob JOIN #class
  ann< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
ann> MODE #class -k word
  ann< ann MODE #class -k *
  bob< ann MODE #class -k *

# MODE: a limit | ann bob
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
ann> MODE #class +l
ann> MODE #class +l many
ann> MODE #class +l 1
  ann< ann MODE #class +l 1
ann> MODE #class
  ann< 324 ann #class +l 1
  ann< 329 ann #class *
bob> JOIN #class
  bob< 471 bob #class *
ann> MODE #class -l
  ann< ann MODE #class -l
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *

# MODE: bans | ann bob
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
ann> MODE #class +b
  ann< 368 ann #class *
ann> MODE #class +b bob
  ann< ann MODE #class +b bob!*@*
ann> MODE #class b
  ann< 367 ann #class bob!*@* ann *
  ann< 368 ann #class *
bob> JOIN #class
  bob< 474 bob #class *
bob> PRIVMSG #class :let me in
  bob< 404 bob #class *
ann> MODE #class -b *!*@nowhere
ann> MODE #class -b bob!*@*
  ann< ann MODE #class -b bob!*@*
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
ann> MODE #class +b *!*@127.*
  ann< ann MODE #class +b *!*@127.*
  bob< ann MODE #class +b *!*@127.*
bob> PRIVMSG #class :hello
  bob< 404 bob #class *

# INVITE | ann bob eve
ann> INVITE bob
  ann< 461 ann INVITE *
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
ann> MODE #class +i
  ann< ann MODE #class +i
bob> JOIN #class
  bob< 473 bob #class *
bob> INVITE eve #class
  bob< 442 bob #class *
ann> INVITE nobody #class
  ann< 401 ann nobody *
ann> INVITE bob #class
  ann< 341 ann bob #class
  bob< ann INVITE bob #class
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
ann> INVITE bob #class
  ann< 443 ann bob #class *
bob> INVITE eve #class
  bob< 482 bob #class *
ann> INVITE eve #later
  ann< 341 ann eve #later
  eve< ann INVITE eve #later

# KICK | ann bob eve
ann> KICK #class
  ann< 461 ann KICK *
ann> KICK #nowhere bob
  ann< 403 ann #nowhere *
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
ann> KICK #class bob
  ann< 441 ann bob #class *
ann> KICK #class nobody
  ann< 401 ann nobody *
eve> KICK #class ann
  eve< 442 eve #class *
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
bob> KICK #class ann
  bob< 482 bob #class *
ann> KICK #class bob :too loud
  ann< ann KICK #class bob :too loud
  bob< ann KICK #class bob :too loud
bob> PART #class
  bob< 442 bob #class *
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
ann> KICK #class bob
  ann< ann KICK #class bob :ann
  bob< ann KICK #class bob :ann

# NAMES and LIST, and a secret channel | ann bob
ann> LIST
  ann< 321 ann Channel *
  ann< 323 ann *
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
ann> TOPIC #class :Sockets
  ann< ann TOPIC #class :Sockets
bob> LIST
  bob< 321 bob Channel *
  bob< 322 bob #class 1 :Sockets
  bob< 323 bob *
bob> LIST #class,#nowhere
  bob< 321 bob Channel *
  bob< 322 bob #class 1 :Sockets
  bob< 323 bob *
bob> LIST #nowhere
  bob< 321 bob Channel *
  bob< 323 bob *
bob> NAMES #class
  bob< 353 bob = #class :@ann
  bob< 366 bob #class *
bob> NAMES #nowhere
  bob< 366 bob #nowhere *
bob> NAMES #class,#nowhere
  bob< 353 bob = #class :@ann
  bob< 366 bob #class *
  bob< 366 bob #nowhere *
bob> NAMES
  bob< 353 bob = #class :@ann
  bob< 353 bob * * :bob
  bob< 366 bob * *
ann> MODE #class +s
  ann< ann MODE #class +s
bob> LIST
  bob< 321 bob Channel *
  bob< 323 bob *
bob> NAMES #class
  bob< 366 bob #class *
bob> WHO #class
  bob< 315 bob #class *
ann> LIST
  ann< 321 ann Channel *
  ann< 322 ann #class 1 :Sockets
  ann< 323 ann *
ann> PART #class
  ann< ann PART #class
ann> LIST
  ann< 321 ann Channel *
  ann< 323 ann *

# WHO | ann bob
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
bob> WHO #class
  bob< 352 bob #class ann 127.0.0.1 * ann H@ :0 Ann Smith
  bob< 315 bob #class *
bob> WHO ann
  bob< 352 bob * ann 127.0.0.1 * ann H :0 Ann Smith
  bob< 315 bob ann *
bob> WHO a*
  bob< 352 bob * ann 127.0.0.1 * ann H :0 Ann Smith
  bob< 315 bob a* *
bob> WHO nobody
  bob< 315 bob nobody *
ann> AWAY :lunch
  ann< 306 ann *
bob> WHO ann
  bob< 352 bob * ann 127.0.0.1 * ann G :0 Ann Smith
  bob< 315 bob ann *

# WHOIS and WHOWAS | ann bob
ann> WHOIS
  ann< 431 ann *
ann> WHOIS nobody
  ann< 401 ann nobody *
  ann< 318 ann nobody *
ann> WHOIS bob
  ann< 311 ann bob bob 127.0.0.1 * :Bob Smith
  ann< 312 ann bob * *
  ann< 317 ann bob * * *
  ann< 318 ann bob *
ann> WHOIS bob bob
  ann< 311 ann bob bob 127.0.0.1 * :Bob Smith
  ann< 312 ann bob * *
  ann< 317 ann bob * * *
  ann< 318 ann bob *
ann> WHOIS nowhere.example bob
  ann< 402 ann nowhere.example *
bob> JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@bob
  bob< 366 bob #class *
ann> WHOIS BOB
  ann< 311 ann bob bob 127.0.0.1 * :Bob Smith
  ann< 312 ann bob * *
  ann< 319 ann bob :@#class
  ann< 317 ann bob * * *
  ann< 318 ann BOB *
bob> MODE #class +s
  bob< bob MODE #class +s
ann> WHOIS bob
  ann< 311 ann bob bob 127.0.0.1 * :Bob Smith
  ann< 312 ann bob * *
  ann< 317 ann bob * * *
  ann< 318 ann bob *
ann> WHOWAS
  ann< 431 ann *
ann> WHOWAS nobody
  ann< 406 ann nobody *
  ann< 369 ann nobody *

# AWAY, ISON, USERHOST | ann bob
ann> AWAY
  ann< 305 ann *
ann> AWAY :at lunch
  ann< 306 ann *
bob> PRIVMSG ann :hello
  ann< bob PRIVMSG ann :hello
  bob< 301 bob ann :at lunch
bob> NOTICE ann :hello
  ann< bob NOTICE ann :hello
bob> USERHOST ann bob nobody
  bob< 302 bob :ann=-ann@127.0.0.1 bob=+bob@127.0.0.1
ann> AWAY :
  ann< 305 ann *
bob> PRIVMSG ann :hello
  ann< bob PRIVMSG ann :hello
bob> USERHOST
  bob< 461 bob USERHOST *
bob> USERHOST nobody
  bob< 302 bob :
bob> ISON
  bob< 461 bob ISON *
bob> ISON ann nobody BOB
  bob< 303 bob :ann bob
bob> ISON :ann nobody
  bob< 303 bob :ann
bob> ISON nobody
  bob< 303 bob :

# the modes of a user | ann bob
ann> MODE ann
  ann< 221 ann +
ann> MODE ann +i
  ann< ann MODE ann +i
ann> MODE ann
  ann< 221 ann +i
ann> MODE ann +o
  ann< 481 ann *
ann> MODE ann -o
ann> MODE ann +?
  ann< 501 ann *
ann> MODE bob
  ann< 502 ann *
ann> MODE bob +i
  ann< 502 ann *
ann> MODE nobody
  ann< 401 ann nobody *
bob> WHO a*
  bob< 315 bob a* *
bob> NAMES
  bob< 353 bob * * :bob
  bob< 366 bob * *
ann> MODE ann -i
  ann< ann MODE ann -i

# an invisible user is seen in a shared channel only | ann bob
ann> JOIN #class
  ann< ann JOIN #class
  ann< 353 ann = #class :@ann
  ann< 366 ann #class *
ann> MODE ann +i
  ann< ann MODE ann +i
bob> NAMES #class
  bob< 366 bob #class *
bob> WHO #class
  bob< 315 bob #class *
bob> NAMES
  bob< 353 bob * * :bob
  bob< 366 bob * *
bob> LIST
  bob< 321 bob Channel *
  bob< 322 bob #class 1 :
  bob< 323 bob *
bob> WHO *
  bob< 352 bob * bob 127.0.0.1 * bob H :0 Bob Smith
  bob< 315 bob * *
bob> WHO ann
  bob< 352 bob * ann 127.0.0.1 * ann H :0 Ann Smith
  bob< 315 bob ann *
bob> PRIVMSG ann :I see you
  ann< bob PRIVMSG ann :I see you
bob> JOIN #class
  ann< bob JOIN #class
  bob< bob JOIN #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
bob> NAMES #class
  bob< 353 bob = #class :@ann bob
  bob< 366 bob #class *
bob> WHO a*
  bob< 352 bob * ann 127.0.0.1 * ann H :0 Ann Smith
  bob< 315 bob a* *

# the server | ann
ann> MOTD
  ann< MOTD
ann> MOTD nowhere.example
  ann< 402 ann nowhere.example *
ann> LUSERS
  ann< LUSERS
ann> VERSION
  ann< 351 ann * * *
  ann< 005 ann ...
ann> VERSION nowhere.example
  ann< 402 ann nowhere.example *
ann> TIME
  ann< 391 ann * *
ann> TIME nowhere.example
  ann< 402 ann nowhere.example *
ann> INFO
  ann< 371 ann *
  ann< 374 ann *
ann> INFO nowhere.example
  ann< 402 ann nowhere.example *
ann> USERS
  ann< 446 ann *
ann> SUMMON bob
  ann< 445 ann *
ann> KILL ann :please
  ann< 481 ann *
ann> REHASH
  ann< 481 ann *
ann> OPER
  ann< 461 ann OPER *
"""
