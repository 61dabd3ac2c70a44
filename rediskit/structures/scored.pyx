"""Members with scores: who has which score, and who comes how many places from either end.

There are two forms. The compact one is a pack of member, score, member, score..., ascending by
score and, where scores are equal, by the bytes of the members (scored_pairs.pxd); everything is
found by walking. The large one is an Index (scored_index.pyx): a table from member to score, and a
B+tree over the very entries of that table.

Which form there is, callers decide by what add() may put into a pack; no removal leads back to it.

Ranks count from 0 at the lowest score. A range of scores or of members is turned into one of
ranks first, by two descents; so LIMIT, counting and removal cost nothing more.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from libc.stdint cimport INT64_MAX, int64_t, uint64_t

from rediskit.structures.entry cimport (
    BYTES, Entry, entry_key, entry_key_length, entry_real)
from rediskit.structures.memory cimport account, next_random
from rediskit.structures.ordered cimport (
    cursor_item, cursor_next, cursor_previous, cursor_score)
from rediskit.structures.packed cimport (
    append_item, integer_item, item_object, item_size, pack_at, pack_check, pack_copy, pack_count,
    pack_find, pack_first, pack_free, pack_held, pack_previous, pack_read, pack_remove,
    pack_reserve, pack_trim, pack_used, text_item)
from rediskit.structures.scored_pairs cimport (
    DIGITS, compare_member, insert_pair, is_whole, member_text, next_member, place_of, score_at,
    score_item)
from rediskit.structures.segments cimport prefetch

cdef enum:
    BATCH = 256                 # entries that leave together
    OBJECT_SIZE = 32            # of a Scored itself
    INDEX_SIZE = 320            # of an Index with its table and tree, nodes and entries excluded

    MEMBERS = 0                 # forms of append_to()
    FLAT = 1
    PAIRS = 2

NEW, THERE, HIGHER, LOWER, INCREMENT = IF_NEW, IF_THERE, IF_HIGHER, IF_LOWER, BY_INCREMENT


cdef inline int decide(double old, double *score, int conditions) noexcept:
    """What becomes of a member that is there; makes an increment the new score."""
    if conditions & IF_NEW:
        return REFUSED
    if conditions & BY_INCREMENT:
        score[0] += old
        if score[0] != score[0]:
            return NOT_A_NUMBER
    if (conditions & IF_HIGHER and score[0] <= old) or (conditions & IF_LOWER and score[0] >= old):
        return REFUSED
    return SAME if score[0] == old else CHANGED


# Walking

cdef bint walk_step(Walk *walk, Item *member, double *score) noexcept:
    """Fills in a member and its score and goes on; False at the end."""
    cdef Entry *entry
    if walk.pack != NULL:
        if walk.at < 0:
            return False
        pack_read(walk.pack, walk.at, member)
        score[0] = score_at(walk.pack, walk.at)
        if walk.backwards:
            walk.at = pack_previous(walk.pack, walk.at)
            if walk.at >= 0:
                walk.at = pack_previous(walk.pack, walk.at)
        else:
            walk.at = next_member(walk.pack, walk.at)
        return True
    if walk.cursor.leaf == NULL:
        return False
    entry = <Entry *>cursor_item(&walk.cursor)
    score[0] = cursor_score(&walk.cursor)
    member.kind = BYTES
    member.text = entry_key(entry)
    member.length = entry_key_length(entry)
    if walk.backwards:
        cursor_previous(&walk.cursor)
    else:
        cursor_next(&walk.cursor)
        if walk.cursor.leaf != NULL and walk.cursor.index + 8 < walk.cursor.leaf.count:
            prefetch(item_ahead(&walk.cursor))
    return True


cdef inline void *item_ahead(const Cursor *cursor) noexcept:
    cdef Cursor ahead = cursor[0]
    ahead.index += 8
    return cursor_item(&ahead)


cdef inline Pack *pack_of(Scored scored) noexcept:
    return <Pack *>scored.content


cdef inline Pack **pack_place(Scored scored) noexcept:
    return <Pack **>&scored.content


cdef inline Index index_of(Scored scored):
    return <Index><PyObject *>(<size_t>scored.content - 1)


cdef inline PyObject *index_at(Scored scored) noexcept:
    # Not to be held: in the child of a fork a reference would copy a page.
    return <PyObject *>(<size_t>scored.content - 1)


cdef class Scored:
    """Scores by member, and the members in order. Members are bytes, scores any double but NaN."""

    def __cinit__(self):
        account(OBJECT_SIZE)

    def __dealloc__(self):
        account(-OBJECT_SIZE)
        self.empty()

    cdef void empty(self) noexcept:
        if is_large(self):
            account(-INDEX_SIZE)
            Py_DECREF(index_of(self))
            self.content = NULL
        else:
            pack_free(pack_place(self))

    def clear_some(self, Py_ssize_t limit):
        """Removes about `limit` members of what nobody uses any more; how many are left.

        The order goes before the members that it refers to.
        """
        cdef Index index
        if not is_large(self):
            self.empty()
            return 0
        index = index_of(self)
        if index.order.tree.length:
            index.order.remove_ranks(
                index.order.tree.length - limit, index.order.tree.length, NULL)
            return index.table.length
        return index.table.clear_some(limit)

    def __len__(self):
        return length_of(self)

    @property
    def is_compact(self):
        """Whether it is one pack."""
        return not is_large(self)

    @property
    def memory(self):
        """Bytes it takes, all in all."""
        cdef Index index
        if not is_large(self):
            return OBJECT_SIZE + pack_held(pack_of(self))
        index = index_of(self)
        return OBJECT_SIZE + INDEX_SIZE + index.table.held + index.order.tree.held

    # One member

    cpdef int add(self, bytes member, double score, int conditions=0, Py_ssize_t most=128,
                  Py_ssize_t longest=64) except -1:
        """Gives a member a score under some conditions (NEW, THERE...); an Outcome.

        With more than `most` members, or one of more than `longest` bytes, it becomes large.
        Raises MemoryError; nothing has changed then but perhaps the form.
        """
        cdef const unsigned char *key = <const unsigned char *>PyBytes_AS_STRING(member)
        cdef size_t length = PyBytes_GET_SIZE(member)
        if is_large(self):
            return self.add_large(key, length, score, conditions)
        return self.add_compact(key, length, score, conditions, most, longest)

    cdef int add_large(self, const unsigned char *key, size_t length, double score,
                       int conditions) except -1:
        cdef Index index = index_of(self)
        cdef Entry *entry
        cdef bint is_new
        cdef int outcome
        if conditions & IF_THERE:
            entry = index.table.find(key, length)
            if entry == NULL:
                return REFUSED
        else:
            entry = index.enter(key, length, score, &is_new)
            if is_new:
                index.arrange(entry, score)
                return ADDED
        outcome = decide(entry_real(entry), &score, conditions)
        if outcome == CHANGED:
            index.rescore(entry, score)
        return outcome

    cdef int add_compact(self, const unsigned char *key, size_t length, double score,
                         int conditions, Py_ssize_t most, Py_ssize_t longest) except -1:
        cdef Pack **pack = pack_place(self)
        cdef Item member, item
        cdef Py_ssize_t at, place
        cdef int outcome = ADDED
        text_item(&member, key, length)
        at = pack_find(pack[0], 0, &member, 2)
        if at >= 0:
            outcome = decide(score_at(pack[0], at), &score, conditions)
            if outcome != CHANGED:
                return outcome
        elif conditions & IF_THERE:
            return REFUSED
        elif <Py_ssize_t>length > longest or pack_count(pack[0]) // 2 >= most:
            self.make_large().insert(key, length, score)
            return ADDED
        score_item(&item, score)
        place = place_of(pack[0], key, length, score)
        if at >= place:
            at += item_size(&member) + item_size(&item)
        insert_pair(pack, place, &member, &item)
        if outcome == CHANGED:
            pack_remove(pack, at, 2)
        return outcome

    cdef Index make_large(self):
        """Turns to the large form, if it is not there yet; gives it."""
        cdef Index index
        cdef Walk walk
        cdef Item member
        cdef char digits[DIGITS]
        cdef double score
        if is_large(self):
            return index_of(self)
        index = Index()
        self.walk(&walk, 0, False)
        while walk_step(&walk, &member, &score):
            member_text(&member, digits)
            index.insert(member.text, member.length, score)
        pack_free(pack_place(self))
        Py_INCREF(index)
        account(INDEX_SIZE)
        self.content = <void *>(<size_t><PyObject *>index + 1)
        return index

    cdef int append(self, const unsigned char *key, size_t length, double score,
                    Py_ssize_t most, Py_ssize_t longest) except -1:
        """Adds a member that is not there and has the highest score, or is the last of those."""
        cdef Item member, item
        if not is_large(self):
            if <Py_ssize_t>length <= longest and pack_count(pack_of(self)) // 2 < most:
                text_item(&member, key, length)
                score_item(&item, score)
                return insert_pair(pack_place(self), pack_used(pack_of(self)), &member, &item)
            self.make_large()
        index_of(self).insert(key, length, score)
        return 0

    cdef int reserve(self, size_t size) except -1:
        """Makes room in the pack for so many bytes of items."""
        return pack_reserve(pack_place(self), 0, size)

    cdef void trim(self) noexcept:
        """Gives back what room there is in the pack."""
        if not is_large(self):
            pack_trim(pack_place(self))

    cdef int append_pair(self, const Item *member, double score) except -1:
        """Adds a member that is not there and comes last to the pack; callers see to its size."""
        cdef Item item
        score_item(&item, score)
        return insert_pair(pack_place(self), pack_used(pack_of(self)), member, &item)

    cdef bint holds_compact(self, const Item *member) noexcept:
        """Whether a member is in the pack."""
        return pack_find(pack_of(self), 0, member, 2) >= 0

    cdef bint enter_large(self, const unsigned char *key, size_t length, double score) except -1:
        """Adds a member to the large form; False, and nothing done, if it is there."""
        cdef bint is_new
        cdef Entry *entry = (<Index>index_at(self)).enter(key, length, score, &is_new)
        if is_new:
            (<Index>index_at(self)).arrange(entry, score)
        return is_new

    cdef bint look_up(self, const unsigned char *key, size_t length, double *score) noexcept:
        """Stores the score of a member; whether it is there."""
        cdef Item member
        cdef Entry *entry
        cdef Py_ssize_t at
        if is_large(self):
            entry = index_of(self).table.find(key, length)
            if entry == NULL:
                return False
            score[0] = entry_real(entry)
            return True
        text_item(&member, key, length)
        at = pack_find(pack_of(self), 0, &member, 2)
        if at < 0:
            return False
        score[0] = score_at(pack_of(self), at)
        return True

    def fetch_ahead(self, list requests):
        """Has the processor fetch what finding members will read.

        In ZADD, whose requests have four words, a member is the fourth, else the third.
        """
        if is_large(self):
            index_of(self).table.fetch_words(requests, 3 if len(requests[0]) == 4 else 2)

    cpdef object score(self, bytes member):
        """The score of a member, None if it is not there."""
        cdef double score
        if self.look_up(<const unsigned char *>PyBytes_AS_STRING(member),
                        PyBytes_GET_SIZE(member), &score):
            return score
        return None

    def __contains__(self, bytes member):
        return self.score(member) is not None

    cpdef bint remove(self, bytes member) except -1:
        """Removes a member; whether it was there."""
        cdef const unsigned char *key = <const unsigned char *>PyBytes_AS_STRING(member)
        cdef Index index
        cdef Entry *entry
        cdef Item item
        cdef Py_ssize_t at
        if is_large(self):
            index = index_of(self)
            entry = index.table.find(key, PyBytes_GET_SIZE(member))
            if entry == NULL:
                return False
            index.order.remove(entry_real(entry), entry)
            index.drop(entry)
            return True
        text_item(&item, key, PyBytes_GET_SIZE(member))
        at = pack_find(pack_of(self), 0, &item, 2)
        if at < 0:
            return False
        pack_remove(pack_place(self), at, 2)
        return True

    cpdef Py_ssize_t rank(self, bytes member, bint highest_first=False) noexcept:
        """How many members come before a member, from the end asked for; -1 if it is not there."""
        cdef const unsigned char *key = <const unsigned char *>PyBytes_AS_STRING(member)
        cdef Index index
        cdef Entry *entry
        cdef Item item
        cdef Py_ssize_t at, rank = 0, found
        if is_large(self):
            index = index_of(self)
            entry = index.table.find(key, PyBytes_GET_SIZE(member))
            if entry == NULL:
                return -1
            rank = index.order.rank(entry_real(entry), entry)
        else:
            text_item(&item, key, PyBytes_GET_SIZE(member))
            found = pack_find(pack_of(self), 0, &item, 2)
            if found < 0:
                return -1
            at = 0
            while at != found:
                at = next_member(pack_of(self), at)
                rank += 1
        return length_of(self) - 1 - rank if highest_first else rank

    # Ranges

    cpdef Py_ssize_t count_below(self, double score, bint through) noexcept:
        """How many members have a lower score; with `through`, this one or a lower."""
        cdef Py_ssize_t at, count = 0
        cdef double here
        if is_large(self):
            return index_of(self).order.rank_of_score(score, through)
        at = pack_first(pack_of(self))
        while at >= 0:
            here = score_at(pack_of(self), at)
            if here > score or (here == score and not through):
                break
            count += 1
            at = next_member(pack_of(self), at)
        return count

    cpdef Py_ssize_t count_before(self, bytes member, bint through) except -1:
        """How many members come before one by their bytes; with `through`, before it or are it.

        Means something only where all scores are equal; else it is any place.
        """
        cdef const unsigned char *key = <const unsigned char *>PyBytes_AS_STRING(member)
        cdef size_t length = PyBytes_GET_SIZE(member)
        cdef Py_ssize_t at, count = 0
        if is_large(self):
            return index_of(self).order.rank_of_key(key, length, through)
        at = pack_first(pack_of(self))
        while at >= 0 and compare_member(pack_of(self), at, key, length) < through:
            count += 1
            at = next_member(pack_of(self), at)
        return count

    cdef void walk(self, Walk *walk, Py_ssize_t rank, bint backwards) noexcept:
        """Begins at a rank, counted from the end that is begun at; past the end is allowed.

        No reference is taken, nor does walk_step() take one.
        """
        cdef Py_ssize_t length = length_of(self)
        walk.backwards = backwards
        walk.pack = NULL
        walk.cursor.leaf = NULL
        walk.cursor.index = 0
        walk.at = -1
        if not 0 <= rank < length:
            return
        if is_large(self):
            if rank == 0:
                walk.cursor = ((<Index>index_at(self)).order.last() if backwards
                               else (<Index>index_at(self)).order.first())
            else:
                walk.cursor = (<Index>index_at(self)).order.at_rank(
                    length - 1 - rank if backwards else rank)
            return
        walk.pack = pack_of(self)
        walk.at = pack_at(walk.pack, 2 * (length - 1 - rank if backwards else rank))

    cpdef list elements(self, Py_ssize_t start, Py_ssize_t count, bint backwards,
                        bint with_scores):
        """Up to `count` members from a rank on, in a list; each followed by its score if asked."""
        cdef list found = []
        cdef Walk walk
        cdef Item member
        cdef double score
        self.walk(&walk, start, backwards)
        while count > 0 and walk_step(&walk, &member, &score):
            found.append(item_object(&member))
            if with_scores:
                found.append(score)
            count -= 1
        return found

    def __iter__(self):
        """All members, ascending; it must not change meanwhile."""
        return iter(self.elements(0, INT64_MAX, False, False))

    cpdef int append_to(self, Buffer out, Py_ssize_t start, Py_ssize_t count, bint backwards,
                        int form, object spell) except -1:
        """Appends `count` members from a rank on as blocks; there must be so many.

        form: 0 members only; 1 each followed by its score as a block; 2 each as an array of two,
        the score as a line with a comma. `spell` gives the bytes for a score that is not whole.
        """
        cdef Walk walk
        cdef Item member
        cdef double score
        self.walk(&walk, start, backwards)
        while count > 0 and walk_step(&walk, &member, &score):
            append_element(out, &member, score, form, spell)
            count -= 1
        return 0

    cpdef int remove_range(self, Py_ssize_t start, Py_ssize_t stop) except -1:
        """Removes the members of ranks start <= rank < stop."""
        cdef void *entries[BATCH]
        cdef Index index
        cdef Py_ssize_t count, each
        stop = min(stop, length_of(self))
        if start >= stop:
            return 0
        if not is_large(self):
            pack_remove(pack_place(self), pack_at(pack_of(self), 2 * start), 2 * (stop - start))
            return 0
        index = index_of(self)
        while start < stop:
            count = min(stop - start, BATCH)
            index.order.remove_ranks(start, start + count, entries)
            for each in range(1, count):
                prefetch(entries[each])
            for each in range(count):
                index.drop(<Entry *>entries[each])
            stop -= count
        return 0

    cpdef list pop(self, Py_ssize_t count, bint highest):
        """Removes up to `count` members from an end; a list of member, score, member, score..."""
        cdef Py_ssize_t length = length_of(self)
        cdef list found
        count = min(count, length)
        found = self.elements(0, count, highest, True)
        if highest:
            self.remove_range(length - count, length)
        else:
            self.remove_range(0, count)
        return found

    cpdef object random_member(self):
        """A member, each with the same chance, and its score; None if there is none."""
        cdef Item member
        cdef double score
        if not self.draw(&member, &score):
            return None
        return item_object(&member), score

    cdef bint draw(self, Item *member, double *score) noexcept:
        """Fills in a random member and its score; False if there is none."""
        cdef Py_ssize_t length = length_of(self)
        cdef Entry *entry
        cdef Py_ssize_t at
        if length == 0:
            return False
        if is_large(self):
            entry = index_of(self).table.random_entry()
            member.kind = BYTES
            member.text = entry_key(entry)
            member.length = entry_key_length(entry)
            score[0] = entry_real(entry)
            return True
        at = pack_at(pack_of(self), 2 * <Py_ssize_t>(next_random() % <uint64_t>length))
        pack_read(pack_of(self), at, member)
        score[0] = score_at(pack_of(self), at)
        return True

    cpdef int append_random(self, Buffer out, int form, object spell) except -1:
        """Appends a random member of one that is not empty; `form` and `spell` as append_to()."""
        cdef Item member
        cdef double score
        if self.draw(&member, &score):
            append_element(out, &member, score, form, spell)
        return 0

    def scan(self, uint64_t cursor, Py_ssize_t count):
        """(next cursor, [member, score, ...]) of about `count` members; what stays is met.

        The compact form gives all at once.
        """
        cdef list found = []
        cdef bytes member
        if not is_large(self):
            return 0, self.elements(0, INT64_MAX, False, True)
        cursor, members = index_of(self).table.scan(cursor, count)
        for member in members:
            found.append(member)
            found.append(self.score(member))
        return cursor, found

    # Whole ones

    cpdef int copy_range(self, Scored source, Py_ssize_t start, Py_ssize_t count, bint backwards,
                         Py_ssize_t most, Py_ssize_t longest) except -1:
        """Puts up to `count` members of another one, from a rank on, into this one, which is empty.

        `most` and `longest` as for add().
        """
        cdef Walk walk
        cdef Item member
        cdef char digits[DIGITS]
        cdef double score
        cdef Py_ssize_t length = length_of(source)
        count = min(count, length - start)
        if backwards:
            start = length - start - count
        source.walk(&walk, start, False)
        while count > 0 and walk_step(&walk, &member, &score):
            member_text(&member, digits)
            self.append(member.text, member.length, score, most, longest)
            count -= 1
        if not is_large(self):
            pack_trim(pack_place(self))
        return 0

    def copy_into(self, Scored target):
        """Makes an empty one equal to this one, in the same form."""
        cdef Pack *pack = pack_of(self)
        if is_large(self):
            target.make_large()
            target.copy_range(self, 0, INT64_MAX, False, 0, 0)
        elif pack != NULL:
            pack_copy(pack_place(target), 0, pack, 0, pack.used, pack.count)

    cpdef int fit(self, Py_ssize_t most, Py_ssize_t longest) except -1:
        """Becomes compact if it is small enough for that."""
        cdef Walk walk
        cdef Item member
        cdef double score
        cdef Scored compact
        if not is_large(self) or length_of(self) > most:
            return 0
        self.walk(&walk, 0, False)
        while walk_step(&walk, &member, &score):
            if <Py_ssize_t>member.length > longest:
                return 0
        compact = Scored()
        compact.copy_range(self, 0, INT64_MAX, False, most, longest)
        self.empty()
        self.content = compact.content
        compact.content = NULL
        return 0

    def check(self):
        """Asserts every invariant."""
        cdef Walk walk
        cdef Item member
        cdef double score, before = 0
        cdef Py_ssize_t count = 0
        cdef bytes previous = b"", here
        if is_large(self):
            index_of(self).table.check()
            index_of(self).order.check()
            assert index_of(self).table.length == index_of(self).order.tree.length
        else:
            pack_check(pack_of(self))
            assert pack_count(pack_of(self)) % 2 == 0
        self.walk(&walk, 0, False)
        while walk_step(&walk, &member, &score):
            here = item_object(&member)
            assert score == score
            assert count == 0 or before < score or (before == score and previous < here)
            assert self.score(here) == score
            before, previous = score, here
            count += 1
        assert count == length_of(self)


cdef inline Py_ssize_t length_of(Scored scored) noexcept:
    if is_large(scored):
        return (<Index>index_at(scored)).order.tree.length
    return pack_count(pack_of(scored)) // 2


cdef Py_ssize_t scored_length(Scored scored) noexcept:
    """How many members there are; takes no reference."""
    return length_of(scored)


cdef inline int append_element(Buffer out, Item *member, double score, int form,
                               object spell) except -1:
    """Appends a member and, as `form` has it, its score."""
    if form == PAIRS:
        out.append_memory(b"*2\r\n", 4)
    append_item(out, member)
    return 0 if form == MEMBERS else append_score(out, score, form, spell)


cdef inline int append_score(Buffer out, double score, int form, object spell) except -1:
    """Appends a score as a block (FLAT) or as a line with a comma (PAIRS)."""
    cdef Item item
    cdef bytes spelled
    if is_whole(score):
        if form == PAIRS:
            return out.append_line(c",", <int64_t>score)
        integer_item(&item, <int64_t>score)
        return append_item(out, &item)
    spelled = spell(score)
    if form == FLAT:
        return out.append_block(spelled)
    out.append_memory(b",", 1)
    out.append(spelled)
    return out.append_memory(b"\r\n", 2)
