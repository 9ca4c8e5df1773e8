//! One message: as it waits, as an author holds it, and who sent it.

use std::rc::Rc;

use mlua::{Buffer, Lua, UserData, UserDataMethods, Value as LuaValue};

use crate::{
    lua::{payload::Payload, to_lua, weight},
    value::{Map, Value},
    workflow::{
        Headers,
        carried::Carried,
        state::{CONTEXT_HEADER, RunState},
    },
};

/// The key of the context under which a sender's process id travels.
pub(in crate::workflow) const SENDER: &str = "temporal.signal.from";

/// One message.
#[derive(Clone, Debug)]
pub(in crate::workflow) struct Message {
    /// Messages are numbered as they come.
    pub(super) number: u64,
    pub(super) topic: String,
    /// A process id; empty when the sender gave none.
    pub(super) from: String,
    pub(super) payload: Rc<[Value]>,
    /// It is an update, which only who gets whole messages can answer.
    pub(super) update: bool,
    /// So that what it takes, and some that came before it, counts for the run wherever it lies.
    pub(super) ballast: Option<Buffer>,
}

/// Headers that say who sends a message.
pub(in crate::workflow) fn headers_from(sender: &str) -> Headers {
    let context = Map::from_iter([(SENDER.to_owned(), Value::from(sender))]);
    Headers::from_iter([(CONTEXT_HEADER.to_owned(), Value::Map(context))])
}

/// The headers of a signal to another run: who sends it.
pub(in crate::workflow) fn sender_headers(state: &RunState) -> Headers {
    state.headers(&Map::from_iter([(SENDER.to_owned(), Value::Text(state.process_id()))]))
}

impl Message {
    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let payload = self.payload.iter().map(weight::of_value).sum::<usize>();
        size_of::<Self>() + self.topic.len() + self.from.len() + payload
    }

    /// What a listener gets that asked for no more: the argument, or a list of them.
    pub(super) fn value(&self, lua: &Lua) -> mlua::Result<LuaValue> {
        match &*self.payload {
            [] => Ok(LuaValue::Nil),
            [value] => to_lua(lua, value),
            several => to_lua(lua, &Value::List(several.to_vec())),
        }
    }

    /// What one gets who waited for it: true if there is nothing in it.
    pub(super) fn waited_value(&self, lua: &Lua) -> mlua::Result<LuaValue> {
        if self.payload.is_empty() { Ok(LuaValue::Boolean(true)) } else { self.value(lua) }
    }

    pub(super) fn carried(self) -> Carried {
        Carried { topic: self.topic, from: self.from, payload: self.payload.to_vec() }
    }
}

impl UserData for Message {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("topic", |_, this, ()| Ok(this.topic.clone()));
        methods.add_method("from", |_, this, ()| Ok(this.from.clone()));
        methods.add_method("payload", |lua, this, ()| match &*this.payload {
            [] => Ok(LuaValue::Nil),
            [value] => Payload(value.clone()).made(lua).map(LuaValue::UserData),
            several => {
                let payloads = several.iter().map(|value| Payload(value.clone()).made(lua));
                lua.create_sequence_from(payloads.collect::<mlua::Result<Vec<_>>>()?).map(LuaValue::Table)
            }
        });
    }
}
