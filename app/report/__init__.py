"""The one-page report of a specimen: what it contains, how it is fitted on a page, and PDF and HTML of it.

No Qt, no database and no slide file may enter: whoever makes a report hands over records and ready pictures.
"""
