((import_statement name: [(dotted_name) @module (aliased_import name: (dotted_name) @module)]) @match
  (#match? @module "^(imp|distutils|asyncore|asynchat|smtpd|cgi|cgitb|crypt|telnetlib|pipes|imghdr|sndhdr|nntplib|uu|xdrlib|audioop|aifc|sunau|mailcap|msilib|nis|spwd|ossaudiodev|lib2to3|binhex|dummy_threading|_dummy_threading|urllib2|urlparse|ConfigParser|StringIO|cStringIO|cPickle|httplib|HTMLParser|Tkinter|tkMessageBox|tkFileDialog|SocketServer|SimpleHTTPServer|BaseHTTPServer|cookielib|robotparser|xmlrpclib|commands|__builtin__)(\\.|$)")
  (#not-has-ancestor? @match "try_statement" "if_statement"))
((import_from_statement module_name: (dotted_name) @module) @match
  (#match? @module "^(imp|distutils|asyncore|asynchat|smtpd|cgi|cgitb|crypt|telnetlib|pipes|imghdr|sndhdr|nntplib|uu|xdrlib|audioop|aifc|sunau|mailcap|msilib|nis|spwd|ossaudiodev|lib2to3|binhex|dummy_threading|urllib2|urlparse|ConfigParser|StringIO|cStringIO|cPickle|httplib|HTMLParser|Tkinter|SocketServer|SimpleHTTPServer|BaseHTTPServer|cookielib|robotparser|xmlrpclib|commands|__builtin__)(\\.|$)")
  (#not-has-ancestor? @match "try_statement" "if_statement"))
