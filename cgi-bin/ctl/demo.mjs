// demo.mjs: believable records through the API of a stack that has just started: sites and their people, persons at risk with what happened
// over a year, cases, meetings, reports; in several scripts. Called once by stack.sh with DEMO=1; sql/demo/ then spreads it over time.
//
//   BASE_URL  DEMO_EMAIL  DEMO_PASSWORD (an admin's)
const { BASE_URL, DEMO_EMAIL, DEMO_PASSWORD } = process.env;
let token;

async function call(method, path, body, as = token) {
  const headers = { ...(as && { Authorization: `Bearer ${as}` }), ...(body && { 'Content-Type': 'application/json' }) };
  const reply = await fetch(BASE_URL + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

// The same data every time.
let seed = 20240118;
const random = () => ((seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) >>> 8) / 0x800000;
const upTo = (n) => Math.floor(random() * n);
const pick = (list) => list[upTo(list.length)];
const DAY = 86400000;
const now = Date.now();
// In working hours, mostly on weekdays, the more the nearer.
function moment(days, power = 1.6) {
  const at = new Date(now - Math.pow(random(), power) * days * DAY);
  if (at.getUTCDay() % 6 === 0 && random() < 0.8) at.setUTCDate(at.getUTCDate() - 2);
  at.setUTCHours(7 + upTo(10), pick([0, 5, 10, 15, 20, 30, 40, 45, 50]), 0, 0);
  return at.getTime() > now ? new Date(now - DAY) : at;
}

const languages = [
  { weight: 8, first: ['Jane', 'Marcus', 'Ellen', 'Tom', 'Priscilla', 'Owen', 'Bridget', 'Samuel', 'Nora', 'Victor', 'Grace', 'Leon'], last: ['Smith', 'Abbott', 'Okafor', 'Reed', 'Walsh', 'Byrne', 'Mensah', 'Doyle', 'Fletcher', 'Novak'],
    said: { message: ['Text message: will be late for the appointment on Thursday.', 'Answered our letter about the benefits application; needs help with the form.', 'Asked whether the winter shelter has places.', 'Sent a photo of the repaired window, sounded relieved.'],
      call: ['Called to ask about the food parcel; spoke for ten minutes, calm.', 'Did not answer twice; left a message with the neighbour.', 'Called in tears after an argument with the landlord. Agreed to meet tomorrow.', 'Short call, medication has been refilled.'],
      meeting: ['Home visit. The flat is cold, heating has been off since Monday. Called the landlord together.', 'Met at the centre, filled in the housing application, copies made.', 'Review with the school social worker: attendance is better, two mornings missed.', 'Met with the debt adviser; plan of 20 a month agreed.'],
      incident: ['Found asleep in the stairwell by security; was taken to the shelter, no injuries.', 'Verbal threat against a worker at the desk. Police informed, no charges.', 'Reported missing by the sister in the evening, back home at midnight.', 'Fell in the courtyard, ambulance called, bruised wrist.'] } },
  { weight: 3, first: ['عائشة', 'يوسف', 'ليلى', 'عمر', 'فاطمة'], last: ['الحداد', 'منصور', 'العلي', 'خليل'],
    said: { message: ['أرسلت رسالة تسأل عن موعد الزيارة القادمة.', 'أكدت حضور دورة اللغة يوم الاثنين.'], call: ['اتصل ليسأل عن طلب السكن وتحدثنا عشر دقائق.', 'لم يرد على الهاتف، تركنا رسالة عند الجيران.'],
      meeting: ['زيارة منزلية مع العائلة، تحدثنا عن المدرسة والدواء.', 'اجتماع في المركز لملء استمارة المساعدة.'], incident: ['خلاف حاد مع الجيران، حضرت الشرطة ولم يصب أحد.', 'سقط على الدرج ونقل إلى المستشفى.'] } },
  { weight: 3, first: ['秀英', '伟', '丽华', '建国', '芳'], last: ['王', '李', '陈', '张'], family: true,
    said: { message: ['发短信询问下次家庭访问的时间。', '确认周一参加语言课。'], call: ['来电询问住房申请的进展，情绪平稳。', '两次未接电话，已留言给邻居。'],
      meeting: ['家庭访问，讨论了孩子的学校和药物。', '在中心会议室填写补助申请表。'], incident: ['与房东发生争吵，警察到场，无人受伤。', '在楼梯上摔倒，送往医院检查。'] } },
  { weight: 3, first: ['अनीता', 'राजेश', 'सुनीता', 'विकास'], last: ['शर्मा', 'वर्मा', 'पटेल'],
    said: { message: ['अगली मुलाकात का समय पूछने के लिए संदेश भेजा।', 'सोमवार की कक्षा में आने की पुष्टि की।'], call: ['आवास आवेदन के बारे में फोन किया, दस मिनट बात हुई।', 'दो बार फोन नहीं उठाया, पड़ोसी के पास संदेश छोड़ा।'],
      meeting: ['घर का दौरा, बच्चों के विद्यालय और दवा के बारे में बात हुई।', 'केंद्र में सहायता का फॉर्म भरा।'], incident: ['मकान मालिक से झगड़ा हुआ, पुलिस आई, कोई घायल नहीं।', 'सीढ़ियों पर गिर गईं, अस्पताल ले जाया गया।'] } },
  { weight: 2, first: ['Ирина', 'Павел', 'Наталья', 'Сергей'], last: ['Коваленко', 'Морозов', 'Левченко'],
    said: { message: ['Прислала сообщение: не сможет прийти в четверг.', 'Спросил о документах на жильё.'], call: ['Звонил, спокойно рассказал о новой работе.', 'Не отвечает второй день, оставили записку.'],
      meeting: ['Домашний визит: говорили о школе и лекарствах.', 'Встреча в центре, заполнили заявление.'], incident: ['Ссора с соседями, приезжала полиция, никто не пострадал.', 'Упал во дворе, вызвали скорую помощь.'] } },
  { weight: 3, first: ['Lucía', 'Andrés', 'Noël', 'Małgorzata', 'José'], last: ['Núñez', 'García', 'Łuczak', 'Müller'],
    said: { message: ['Avisó de que llegará tarde a la cita del jueves.', 'Pregunta si quedan plazas en el albergue.'], call: ['Llamó para preguntar por la solicitud de vivienda, tranquila.', 'No contesta desde ayer, dejamos recado a la vecina.'],
      meeting: ['Visita a casa: hablamos de la escuela y de la medicación.', 'Reunión en el centro, rellenamos la solicitud de ayuda.'], incident: ['Discusión fuerte con el casero, vino la policía, nadie herido.', 'Se cayó en la escalera y la llevamos al hospital.'] } },
];
const language = () => {
  let at = random() * languages.reduce((sum, l) => sum + l.weight, 0);
  return languages.find((l) => (at -= l.weight) < 0) ?? languages[0];
};
const tags = ['housing', 'debt', 'family', 'health', 'winter', 'school', 'language', 'benefits', 'elderly', 'follow-up'];

async function people() {
  const made = [];
  for (let i = 0; i < 90; i++) {
    const speaks = language();
    const course = pick(['calm', 'calm', 'calm', 'rising', 'falling', 'crisis']);
    const score = { calm: 10 + upTo(30), rising: 20 + upTo(20), falling: 65 + upTo(25), crisis: 45 + upTo(20) }[course];
    const { id } = await call('POST', '/api/persons', {
      first_name: pick(speaks.first), last_name: pick(speaks.last), email: `person.${i + 1}@example.org`, phone: `+49 30 5550 ${String(1000 + i * 7).slice(-4)}`, ...levelOf(score),
      risk_notes: course === 'calm' ? '' : pick(Object.values(speaks.said).flat()), tags: [...new Set([pick(tags), pick(tags)])].slice(0, 1 + upTo(2)).join(','), status: random() < 0.12 ? 'inactive' : 'active' });
    made.push({ id, speaks, course, score });
  }
  return made;
}

const levelOf = (score) => ({ risk_score: score, risk_level: score >= 80 ? 'critical' : score >= 60 ? 'high' : score >= 40 ? 'moderate' : 'low' });

// The next change of the score, if the person's course has one.
async function turn(person) {
  const step = { calm: 0, rising: 11, falling: -12, crisis: 9 }[person.course];
  if (!step && random() < 0.7) return;
  person.score = Math.max(3, Math.min(98, person.score + step + upTo(9) - 4));
  await call('PATCH', `/api/persons/${person.id}`, levelOf(person.score));
}

async function happenings(person, persons) {
  const count = { calm: 1 + upTo(5), rising: 4 + upTo(9), falling: 3 + upTo(8), crisis: 9 + upTo(18) }[person.course];
  const others = persons.filter((other) => other !== person);
  for (let i = 0; i < count; i++) {
    const type = pick(person.course === 'crisis' ? ['call', 'meeting', 'incident', 'incident', 'message'] : ['message', 'call', 'call', 'meeting', 'meeting', 'incident']);
    await call('POST', '/api/interactions', { person_id: person.id, type, description: pick(person.speaks.said[type]), date: moment(400).toISOString(),
      risk_level: type === 'incident' ? pick(['moderate', 'high', 'critical']) : pick(['low', 'low', 'moderate']), ...(random() < 0.15 && { related_person_id: pick(others).id }) });
    if (i % Math.ceil(count / 5) === 0) await turn(person);
  }
  if (person.score >= 75) await call('PATCH', `/api/persons/${person.id}`, { status: 'flagged' });
}

async function cases(persons) {
  const worst = persons.filter((p) => p.score >= 60).slice(0, 14);
  for (const [i, person] of worst.entries()) {
    const { case_id } = await call('POST', `/api/cases/escalate/${person.id}`, { reason: pick(person.speaks.said.incident), priority: pick(['urgent', 'high', 'normal']), assignee: pick(staff).name });
    for (const status of [[], ['in_progress'], ['in_progress', 'resolved'], ['in_progress', 'resolved', 'closed']][i % 4]) await call('PATCH', `/api/v1/cases/${case_id}`, { status });
    if (i % 5 === 0 && i % 4 === 0) await call('POST', `/api/cases/escalate/${person.id}`, { reason: 'Nobody has been reached for two days.' });
  }
  for (const person of worst.slice(0, 4)) await call('POST', `/api/reports/intervention/${person.id}`);
}

const staff = [
  { name: 'Ada Osei', username: 'ada_osei', role: 'admin' }, { name: 'Ben Carter', username: 'ben_carter', role: 'editor' }, { name: 'Chiara Rossi', username: 'chiara_rossi', role: 'editor' },
  { name: 'Dev Patel', username: 'dev_patel', role: 'editor' }, { name: 'Emre Yılmaz', username: 'emre_yilmaz', role: 'viewer' }, { name: 'Fumiko Sato', username: 'fumiko_sato', role: 'editor' },
];
const places = [
  { name: 'Harbour Street', description: 'Day centre and advice, open Monday to Friday', timezone: 'Europe/Berlin', rooms: ['Room 1', 'Room 2', 'Kitchen', 'Garden'] },
  { name: 'North Shelter', description: 'Night shelter, 40 places', timezone: 'Europe/Berlin', rooms: ['Office', 'Hall'] },
  { name: '上海社区中心', description: '社区服务与家庭支持', timezone: 'Asia/Shanghai', rooms: ['会议室', '活动室'] },
  { name: 'مركز الأمل', description: 'دعم العائلات وتعليم اللغة', timezone: 'Asia/Amman', rooms: ['القاعة', 'المكتب'] },
];
const meetings = {
  Meeting: [['Weekly case review', 'We went through the open cases and agreed who follows up with whom.'], ['Winter plan', 'Beds, blankets, the rota for the cold nights; volunteers are short on Sundays.'], ['Handover to the night team', 'Three people need a call in the morning, one bed is broken.'], ['Volunteers\' introduction', 'House rules, safeguarding, whom to call. Seven came.'], ['家庭支持小组会议', '讨论了孩子的学校、住房申请和下次家庭访问的安排。'], ['اجتماع فريق الدعم', 'ناقشنا الحالات المفتوحة وخطة الزيارات للأسبوع القادم.'], ['Housing round table', 'The city offers six flats from May; criteria and the list were discussed.']],
  Call: [['Call with the housing office', 'The application is complete; an answer within three weeks.'], ['Call with the school', 'Attendance is better; they ask for a contact in the afternoon.'], ['与医院的电话', '确认了检查时间，需要有人陪同。'], ['Phone duty', 'Eleven calls, two about the shelter, one emergency passed on.']],
  Email: [['Letter to the landlord', 'Sent photographs of the damp wall and asked for repair within a week.'], ['Report to the city', 'Numbers of the quarter with a note on the waiting list.'], ['رسالة إلى البلدية', 'طلب تمديد المساعدة لثلاث عائلات مع الوثائق.']],
  Other: [['Fire drill', 'Everybody outside in four minutes; the back door sticks.'], ['Summer party', 'Music, food from seven kitchens, about a hundred guests.']],
};

async function sites(persons) {
  const ids = [];
  for (const { name, description } of places) ids.push((await call('POST', '/api/v1/sites', { name, description })).site.id);
  for (const one of staff) {
    const password = `${DEMO_PASSWORD}-${one.username}`;
    const { user } = await call('POST', '/api/v1/users', { username: one.username, email: `${one.username}@example.org`, name: one.name, password, confirm_password: password, site_ids: ids.slice(0, 3), site_roles: Object.fromEntries(ids.slice(0, 3).map((id) => [id, one.role])) });
    one.id = user.id;
  }
  for (let i = 0; i < 180; i++) {
    const where = upTo(places.length), type = pick(['Meeting', 'Meeting', 'Meeting', 'Call', 'Call', 'Email', 'Other']);
    const [title, description] = pick(meetings[type]);
    const start = i % 9 === 0 ? new Date(Math.floor(now / DAY + 1 + upTo(25)) * DAY + (32 + upTo(32)) * 900000) : moment(365);
    await call('POST', '/api/v1/interactions', { site_id: ids[where], title, type, lead: pick(staff).name, start_datetime: start.toISOString(), end_datetime: new Date(start.getTime() + pick([15, 30, 45, 60, 90]) * 60000).toISOString(),
      timezone: places[where].timezone, location: pick(places[where].rooms), description, notes: random() < 0.3 ? pick(['Bring the list next time.', 'Minutes by mail.', '下次带名单。', 'Interpreter needed.']) : null, participants: random() < 0.3 ? [pick(persons).id] : [] });
  }
}

({ token } = await call('POST', '/api/auth/login', { email: DEMO_EMAIL, password: DEMO_PASSWORD }));
const persons = await people();
await sites(persons);
for (const person of persons) await happenings(person, persons);
await cases(persons);
console.log(`Demo data: ${persons.length} persons at ${places.length} sites; log in as ${DEMO_EMAIL} with the password ${DEMO_PASSWORD}`);
